/**
 * The server of a simulated database: requests and answers take time, in both directions.
 *
 * Extended by the databases of this folder, which have the data.
 */

import type { Random } from '../tools/random';
import type { VirtualProcess, VirtualTime } from './virtual-time';

export class DatabaseServer {
  /** The time of a request, in ms, both ways. */
  latencyMs: readonly [number, number] = [1, 5];
  /** Documents that were written. */
  writes = 0;
  /** Reads of documents by their ids, and queries. */
  reads = 0;
  protected readonly time: VirtualTime;
  protected readonly random: Random;
  readonly #process: VirtualProcess;

  constructor(time: VirtualTime, process: VirtualProcess) {
    this.time = time;
    this.#process = process;
    this.random = time.random.fork('database');
  }

  /** @param onServer returns what to do in the process that asked, with the answer */
  protected request(from: VirtualProcess, onServer: () => () => void): void {
    const oneWay = () => this.random.between(...this.latencyMs) / 2;
    this.#process.post(() => from.post(onServer(), oneWay()), oneWay());
  }
}
