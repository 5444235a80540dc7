/** `tsx tools/bench/show-profile.ts FILE…`: where the time of profiles went that `npm run bench -- --profile` recorded. */

import { percent, readProfile } from './profile';

for (const file of process.argv.slice(2)) {
  console.log(file);
  for (const { part, share, top } of await readProfile(file)) {
    console.log(`${percent(share).padStart(8)}  ${part}: ${top.join(', ')}`);
  }
}
