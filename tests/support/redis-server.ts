/**
 * A Redis, or a Sentinel, of a test's own, to be killed, frozen and started again. Ends with this process.
 *
 * Used by `faults.tests.ts` and `deployments.tests.ts`.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { eventually } from './eventually';
import { freePort } from './nodes';

export interface RedisOptions {
  /** @default 'redis-server' */
  readonly program?: 'redis-server' | 'redis-sentinel';
  /** Lines of the configuration file beside those that every server here has. @default none */
  readonly config?: readonly string[];
  /** The directive that takes the port. @default 'port' */
  readonly listen?: 'port' | 'tls-port';
  /** @default a free one */
  readonly port?: number;
  /** What `command` authenticates with. @default none */
  readonly password?: string;
}

const running = new Set<RedisServer>();
process.on('exit', () => {
  for (const server of running) server.discard();
});
// A signal that nobody listens to ends a process without `exit`.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

export class RedisServer {
  readonly port: number;
  readonly #program: string;
  readonly #password: string | undefined;
  readonly #directory: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, options: RedisOptions) {
    const { program = 'redis-server', config = [], listen = 'port', password } = options;
    this.port = port;
    this.#program = program;
    this.#password = password;
    this.#directory = mkdtempSync(join(tmpdir(), 'cluster-redis-'));
    const lines = ['bind 127.0.0.1', `${listen} ${port}`, `dir ${this.#directory}`, ...config];
    if (program === 'redis-server') lines.push('save ""', 'appendonly no');
    // Sentinel writes what it learns into its file.
    writeFileSync(this.file, `${lines.join('\n')}\n`);
  }

  static async start(options: RedisOptions = {}): Promise<RedisServer> {
    const server = new RedisServer(options.port ?? (await freePort()), options);
    running.add(server);
    await server.restart();
    return server;
  }

  /** Starts it again after `kill`, on the same port. Settles when it takes connections. */
  async restart(): Promise<void> {
    let log = '';
    const child = spawn(this.#program, [this.file], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
    }
    this.#process = child;
    await eventually(`${this.#program} on port ${this.port}`, async () => {
      if (child.exitCode !== null) throw new Error(`${this.#program} ended:\n${log}`);
      return takesConnections(this.port);
    });
  }

  /** SIGKILL: no goodbye, and nothing is saved. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** SIGSTOP: its connections stay open and nobody answers. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Sends it one command over a connection of its own. */
  async command(...args: string[]): Promise<unknown> {
    const socket = { host: '127.0.0.1', port: this.port };
    const client = createClient({ RESP: 2, socket, ...(this.#password && { password: this.#password }) });
    client.on('error', () => {});
    await client.connect();
    try {
      return await client.sendCommand(args);
    } finally {
      client.destroy();
    }
  }

  /** Ends it for good. */
  discard(): void {
    running.delete(this);
    this.#process?.kill('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true });
  }

  private get file(): string {
    return join(this.#directory, 'redis.conf');
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
