/** The events of a cluster, recorded in order. */

import type { ClusterEvents, EventName } from 'meteor/cluster';
import { EVENT_NAMES } from '../../src/observability/events';
import type { TestCluster } from './own-clusters';

export class EventRecorder {
  readonly #events: [EventName, object][] = [];

  constructor(cluster: TestCluster) {
    for (const name of EVENT_NAMES) cluster.on(name, (event) => this.#events.push([name, event]));
  }

  /** Returns what the listeners of an event got so far. */
  of<Name extends EventName>(name: Name): ClusterEvents[Name][] {
    return this.#events.flatMap(([each, event]) => (each === name ? [event as ClusterEvents[Name]] : []));
  }
}
