/** The error for an option or variable that cannot be used, and parts of its message. No Meteor or Redis imports. */

/**
 * Thrown for an option or variable that cannot be used. It names the option, what was expected and what came, and never
 * repeats a URL, a password or a secret.
 */
export class ClusterConfigError extends Error {
  override readonly name = 'ClusterConfigError';
  /** The option (`heartbeatTimeout`) or the variable (`CLUSTER_URL`). */
  readonly option: string;

  constructor(option: string, message: string) {
    super(`Cluster: ${message}`);
    this.option = option;
  }
}

/** Returns what a value is, without showing it. */
export function kindOf(value: unknown): string {
  if (value === '') return 'an empty string';
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}

/** Returns names for an error message: `"host", "port"`. */
export function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
