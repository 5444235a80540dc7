/** A Redis, or a Sentinel, of a test's own, to be killed, frozen and started again. Ends with this process. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { freePort } from '../../tools/free-port';
import { type Launched, launch, untilReady } from '../../tools/launcher';
import { guardDirectory } from '../../tools/process-guard';
import { eventually } from './eventually';

export interface RedisOptions {
  /** @default 'redis-server' */
  readonly program?: 'redis-server' | 'redis-sentinel';
  /** Lines of the configuration file besides those that every server here has. @default none */
  readonly config?: readonly string[];
  /** The directive that takes the port. @default 'port' */
  readonly listen?: 'port' | 'tls-port';
  /** @default a free one */
  readonly port?: number;
  /** The password that `command` authenticates with. @default none */
  readonly password?: string;
}

export class RedisServer {
  readonly port: number;
  readonly #program: string;
  readonly #password: string | undefined;
  readonly #directory: string;
  readonly #unguard: () => void;
  #launched: Launched | undefined;

  private constructor(port: number, options: RedisOptions) {
    const { program = 'redis-server', config = [], listen = 'port', password } = options;
    this.port = port;
    this.#program = program;
    this.#password = password;
    this.#directory = mkdtempSync(join(tmpdir(), 'cluster-redis-'));
    this.#unguard = guardDirectory(this.#directory);
    const lines = ['bind 127.0.0.1', `${listen} ${port}`, `dir ${this.#directory}`, ...config];
    if (program === 'redis-server') lines.push('save ""', 'appendonly no');
    // Sentinel keeps its state in this file.
    writeFileSync(this.file, `${lines.join('\n')}\n`);
  }

  static async start(options: RedisOptions = {}): Promise<RedisServer> {
    const server = new RedisServer(options.port ?? (await freePort()), options);
    try {
      await server.restart();
    } catch (error) {
      server.discard();
      throw error;
    }
    return server;
  }

  /** Starts it again after `kill`, on the same port. Resolves when it accepts connections. */
  async restart(): Promise<void> {
    const launched = launch({ command: this.#program, args: [this.file] });
    this.#launched = launched;
    const name = `${this.#program} on port ${this.port}`;
    await untilReady(launched, name, () => eventually(name, () => acceptsConnections(this.port)));
  }

  /** SIGKILL: connections are reset, and nothing is saved. */
  async kill(): Promise<void> {
    await this.#launched?.stop('SIGKILL');
  }

  /** SIGSTOP: its connections stay open, and nothing is answered. */
  freeze(): void {
    this.#launched?.process.kill('SIGSTOP');
  }

  thaw(): void {
    this.#launched?.process.kill('SIGCONT');
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
    this.#unguard();
    this.#launched?.process.kill('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true });
  }

  private get file(): string {
    return join(this.#directory, 'redis.conf');
  }
}

function acceptsConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
