/** The name of a namespace's channel on Redis. */

/** Returns the channel. An ACL user of Redis needs `&cluster:<namespace>`. */
export function channelName(namespace: string): string {
  return `cluster:${namespace}`;
}
