/**
 * The Redis and the database that a demo, a test run or a benchmark uses.
 *
 * Called by the scripts and the benchmark. For each of the two: the URL in the environment, else a server on the PATH, else
 * the embedded one. A server that is started here listens on a free port of 127.0.0.1, stores its data in a temporary
 * directory, and ends with this process.
 */

import which from 'which';
import { embeddedProgram, GO_VERSION } from './embedded/build';
import { freePort } from './free-port';
import { type Answer, probeDatabase, probeRedis } from './probe';
import { type ServerOptions, startServer } from './server-process';

export interface Services {
  /** From `CLUSTER_URL` as it is, password included: not for a log. */
  readonly redisUrl: string;
  /** From `MONGO_URL` as it is; of a server started here, an empty database. */
  readonly mongoUrl: string;
  /** The process of the database; undefined when `MONGO_URL` names the database. */
  readonly databasePid: number | undefined;
  /** The Redis that was started here, to be stopped and started again; undefined when `CLUSTER_URL` names another. */
  readonly ownRedis: RestartableServer | undefined;
  /** Stops the servers that were started here. Idempotent. */
  stop(): Promise<void>;
}

/** A server that forgets everything when it stops. */
export interface RestartableServer {
  /** Idempotent. */
  stop(): Promise<void>;
  /** Starts it again after `stop`, at the same address. */
  start(): Promise<void>;
}

type Log = (line: string) => void;

interface Service {
  readonly url: string;
  readonly pid?: number | undefined;
  /** Absent when it was not started here. */
  readonly server?: RestartableServer;
}

/** The differences between the two services. */
interface Kind {
  readonly title: string;
  /** The environment variable that may hold its URL. */
  readonly variable: string;
  /** A program on the PATH, with the arguments to listen on a port and to store data in its working directory. */
  readonly program: string;
  readonly args: (port: number) => string[];
  /** Matches the program's output when it listens. */
  readonly ready: RegExp;
  /** The command of the embedded program. */
  readonly embedded: string;
  /** Follows the embedded server's URL. */
  readonly embeddedOptions: string;
  readonly install: string;
  readonly url: (address: string) => string;
  readonly probe: (url: string, source: string) => Promise<Answer>;
}

const REDIS: Kind = {
  title: 'Redis',
  variable: 'CLUSTER_URL',
  program: 'redis-server',
  args: (port) => ['--bind', '127.0.0.1', '--port', `${port}`, '--save', '', '--appendonly', 'no'],
  ready: /Ready to accept connections/,
  embedded: 'redis',
  embeddedOptions: '',
  install: 'Redis',
  url: (address) => `redis://${address}`,
  probe: probeRedis,
};

const DATABASE: Kind = {
  title: 'Database',
  variable: 'MONGO_URL',
  program: 'mongod',
  args: (port) => ['--bind_ip', '127.0.0.1', '--port', `${port}`, '--dbpath', '.', '--nounixsocket'],
  ready: /Waiting for connections/i,
  embedded: 'database',
  // FerretDB 1.24 has 100 connections to SQLite, and one operation may take several. A hundred operations at once deadlock,
  // so all nodes together must stay below that.
  embeddedOptions: '?maxPoolSize=5',
  install: 'MongoDB',
  url: (address) => `mongodb://${address}/cluster`,
  probe: probeDatabase,
};

/** The `CLUSTER_URL` of a node that is alone. */
export const NO_REDIS = 'none';

/**
 * Finds or starts the services. The caller must call `stop`: servers that were started here keep the process alive.
 *
 * @param log called with the servers chosen, the progress of a build, and the end of a server
 * @param options `mayBeAlone`: whether `CLUSTER_URL=none` is allowed, for a single node
 * @throws Error that contains no password and states what was looked for and what to do; no server is left running then
 */
export async function startServices(log: Log, { mayBeAlone = false } = {}): Promise<Services> {
  // One after the other, so that a wrong CLUSTER_URL is reported before minutes are spent on building a database.
  const isAlone = process.env.CLUSTER_URL === NO_REDIS;
  if (isAlone && !mayBeAlone)
    throw new Error('CLUSTER_URL=none is for a single node. Here several nodes need a Redis.');
  const redis: Service = isAlone ? { url: NO_REDIS } : await startService(REDIS, log);
  try {
    const database = await startService(DATABASE, log);
    const stop = async () => {
      await Promise.all([redis.server?.stop(), database.server?.stop()]);
    };
    const urls = { redisUrl: redis.url, mongoUrl: database.url };
    return { ...urls, databasePid: database.pid, ownRedis: redis.server, stop };
  } catch (error) {
    await redis.server?.stop();
    throw error;
  }
}

async function startService(kind: Kind, log: Log): Promise<Service> {
  const { title, variable, program } = kind;
  const given = process.env[variable];
  if (given) {
    const { version, address } = await kind.probe(given, variable);
    log(`${title}: ${address} from ${variable}${version && `, version ${version}`}`);
    return { url: given };
  }
  const onPath = await which(program, { nothrow: true });
  if (onPath !== null) return startFromPath(kind, onPath, log);
  const embedded = await embeddedProgram(log);
  if (embedded !== undefined) return startEmbedded(kind, embedded, log);
  throw new Error(
    `${title}: none found. Looked for the variable ${variable}, for ${program} on the PATH, and for go on the PATH to ` +
      `build the embedded one. Set ${variable}, or install ${kind.install} or Go ${GO_VERSION} or later.`,
  );
}

async function startFromPath(kind: Kind, command: string, log: Log): Promise<Service> {
  const { title, program: name, ready } = kind;
  const port = await freePort();
  const started = await startRestartable({ name, command, args: kind.args(port), ready, log });
  log(`${title}: ${name} from the PATH on 127.0.0.1:${port}`);
  return { url: kind.url(`127.0.0.1:${port}`), ...started };
}

async function startEmbedded(kind: Kind, command: string, log: Log): Promise<Service> {
  const name = `the embedded ${kind.embedded}`;
  const ready = /^ready (\S+) v?(\S+) (127\.0\.0\.1:\d+)$/;
  const args = [kind.embedded, `${await freePort()}`];
  const { match, ...started } = await startRestartable({ name, command, args, ready, log });
  const [, product, version, address = ''] = match;
  log(`${kind.title}: ${product} ${version} (embedded) on ${address}`);
  return { url: `${kind.url(address)}${kind.embeddedOptions}`, ...started };
}

async function startRestartable(options: ServerOptions) {
  let running = await startServer(options);
  const { match, pid } = running;
  const server: RestartableServer = {
    stop: () => running.stop(),
    async start() {
      await running.stop();
      running = await startServer(options);
    },
  };
  return { match, pid, server };
}
