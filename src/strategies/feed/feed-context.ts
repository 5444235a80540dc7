/** The surroundings of a collection feed, as its connection feed creates them. Types only. */

import type { Hasher } from '../../matching/hint';
import type { DocumentSource, Reporting } from '../../meteor/feed-contract';
import type { AuditOptions } from './audit';
import type { PollFindingsContext } from './poll-findings';
import type { ReadLimit } from './read-limit';
import type { RequeryQueue } from './requery-queue';

/** The surroundings that the feeds of all collections share. */
export interface FeedContext {
  readonly source: DocumentSource;
  readonly hash: Hasher;
  /** See `Skips`. */
  readonly receivedUntil: () => number;
  readonly audit: AuditOptions;
  /** How long a read may take, in ms. */
  readonly readTimeoutMs: number;
  readonly readLimit: ReadLimit;
  readonly reporting: Reporting;
  readonly requeries: RequeryQueue;
  readonly polls: PollContext;
}

/** The polls of a connection, as far as its collections know them. */
export interface PollContext extends Pick<PollFindingsContext, 'confirmAfterMs'> {
  /** Returns whether a difference that a poll finds says anything: without a connection it does not. */
  isTelling(): boolean;
  /** Called when a change was found that no message has reported. */
  onFound(): void;
}
