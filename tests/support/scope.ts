/**
 * Tests with a scope: what a test creates through it is stopped when the test ends, also when it fails.
 *
 * Every test that starts nodes, clients or servers is registered here.
 */

import { spawnSync } from 'node:child_process';
import * as tinytest from 'meteor/tinytest';
import { removeUsedGroups } from './database';
import { connected, type NodeOptions, startNode, type TestClient, type TestNode } from './nodes';
import { RedisServer } from './redis-server';
import { listen, type Wire } from './wire';

type Register = typeof tinytest.Tinytest.addAsync;
/** Tinytest's assertions. */
export type Test = Parameters<Parameters<Register>[1]>[0];
export type Run = (test: Test, scope: Scope) => Promise<void>;

export class Scope {
  readonly #stops: (() => unknown)[] = [];

  /** Stops a resource at the end of the test; one that is still starting then, when it has started. */
  use<Resource>(
    starting: Resource | Promise<Resource>,
    stop: (resource: Resource) => unknown,
  ): Promise<Resource> {
    const started = Promise.resolve(starting);
    this.#stops.push(() => started.then(stop, () => {}));
    return started;
  }

  /** Calls back at the end of the test, the last one first. */
  defer(stop: () => unknown): void {
    this.#stops.push(stop);
  }

  startNode(options?: NodeOptions): Promise<TestNode> {
    return this.use(startNode(options), (node) => node.stop());
  }

  /** Starts nodes side by side, one for each of the options, and waits until they are connected. */
  async startNodes<const All extends readonly NodeOptions[]>(
    ...options: All
  ): Promise<{ readonly [Index in keyof All]: TestNode }> {
    const nodes = await Promise.all(options.map((own) => this.startNode(own)));
    await connected(nodes);
    return nodes as { readonly [Index in keyof All]: TestNode };
  }

  client(node: TestNode, publication: string, ...params: unknown[]): Promise<TestClient> {
    return this.use(node.client(publication, ...params), (client) => client.disconnect());
  }

  /** Connects one client to each node, all with the same subscription. */
  clients(nodes: readonly TestNode[], publication: string, ...params: unknown[]): Promise<TestClient[]> {
    return Promise.all(nodes.map((node) => this.client(node, publication, ...params)));
  }

  startRedis(...options: Parameters<typeof RedisServer.start>): Promise<RedisServer> {
    return this.use(RedisServer.start(...options), (server) => server.discard());
  }

  listen(namespace: string): Promise<Wire> {
    return this.use(listen(namespace), (wire) => wire.close());
  }

  /** @throws Error when something could not be stopped; the rest is stopped all the same */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (const stop of this.#stops.splice(0).reverse()) {
      try {
        await stop();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

/** Registers a test. @param needs programs that it starts; without one of them on the PATH it is skipped */
export function addTest(name: string, run: Run, needs: readonly string[] = []): void {
  const missing = needs.filter((program) => !isOnPath(program));
  if (missing.length > 0) {
    skipTest(name, `${missing.join(' and ')} not found on the PATH`);
    return;
  }
  tinytest.Tinytest.addAsync(name, async (test) => {
    const scope = new Scope();
    try {
      await run(test, scope);
    } finally {
      await scope.close();
      await removeUsedGroups();
    }
  });
}

/**
 * Registers a test that repeats what another one tests, with other nodes or another compiler. It runs with `npm test -- --all`
 * and on Meteor.
 */
export function addRepetition(name: string, ...rest: [run: Run, needs?: readonly string[]]): void {
  if (process.env.CLUSTER_TEST_ALL) addTest(name, ...rest);
  else skipTest(name, 'repeats another test; npm test -- --all runs it');
}

/**
 * Registers nothing and says so, on the stand-in in the report. Meteor's Tinytest has no such thing, so there it says so in
 * the log, where `npm run test:meteor` reads it.
 */
export function skipTest(name: string, reason: string): void {
  const { skipTest: skip } = tinytest as { skipTest?: (name: string, reason: string) => void };
  if (skip) skip(name, reason);
  else console.log(`skipped: ${name} [${reason}]`);
}

const found = new Map<string, boolean>();

function isOnPath(program: string): boolean {
  const isFound = found.get(program) ?? spawnSync(program, ['--version']).error === undefined;
  found.set(program, isFound);
  return isFound;
}
