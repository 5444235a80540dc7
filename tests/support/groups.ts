/** Groups keep the documents of tests apart. */

let count = 0;

/** Returns a name that no other test and no other run uses. */
export function newGroup(): string {
  count += 1;
  return `g${process.pid}-${Date.now()}-${count}`;
}
