/** `npm run declarations`: writes `cluster.d.ts` from what `src/index.ts` exports. */

import { writeFile } from 'node:fs/promises';
import { commandLine } from '../tools/command-line';
import { DECLARATIONS, generateDeclarations } from '../tools/declarations';

commandLine('npm run declarations', 'Writes cluster.d.ts, the types that applications see.').parse();

await writeFile(DECLARATIONS, await generateDeclarations());
