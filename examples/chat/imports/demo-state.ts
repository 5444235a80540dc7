/** The state of the demo that `npm start` runs: what the status page receives from the launcher. On real Meteor there is none. */

export interface DemoState {
  /** The running nodes, by port. */
  readonly nodes: readonly {
    readonly url: string;
    /** Whether it is stopping. */
    readonly isChanging: boolean;
  }[];
  /** How many nodes are starting. */
  readonly starting: number;
  /** `foreign`: it was not started by the demo, so the demo does not stop it. */
  readonly redis: 'running' | 'stopped' | 'changing' | 'foreign';
  /** The latest actions of the launcher, the newest last. */
  readonly events: readonly DemoEvent[];
}

export interface DemoEvent {
  /** In ms since the epoch. */
  readonly at: number;
  /** The node concerned, or Redis. */
  readonly name: string;
  readonly text: string;
}
