/** Groups keep the documents of tests apart. */

let count = 0;
let used: string[] = [];

/** Returns a name that no other test and no other run uses. */
export function newGroup(): string {
  count += 1;
  const group = `g${process.pid}-${Date.now()}-${count}`;
  used.push(group);
  return group;
}

/** Returns the names that have been returned since the last call. */
export function takeUsedGroups(): readonly string[] {
  const groups = used;
  used = [];
  return groups;
}
