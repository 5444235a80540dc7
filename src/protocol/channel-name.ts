/** The name of a namespace's channel on Redis. */

const PREFIX = 'cluster:';

/** Returns the channel. An ACL user of Redis needs `&cluster:<namespace>`. */
export function channelName(namespace: string): string {
  return `${PREFIX}${namespace}`;
}

/** Returns whether a channel could be that of a namespace. */
export function isChannelName(name: string): boolean {
  return name.startsWith(PREFIX);
}
