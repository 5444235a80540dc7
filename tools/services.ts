/**
 * The Redis and the database that a demo, a test run or a benchmark works with.
 *
 * Called by `npm start`, `npm test` and `npm run bench`. For each of the two: the URL in the environment, else a server
 * from the PATH, else the embedded one. What is started here listens on a free port of 127.0.0.1 only, keeps its data in
 * a temporary directory, and is gone with this process, whichever way that ends.
 */

import { type ChildServer, findOnPath, freePort, startServer } from './child-server';
import { embeddedProgram, GO_VERSION } from './embedded';
import { type Answer, probeDatabase, probeRedis } from './probe';

export interface ServicesOptions {
  /** Told which server was chosen, how a build goes, and when a server dies. @default console.log */
  readonly log?: (line: string) => void;
  /** Whether a Redis is needed. @default true */
  readonly redis?: boolean;
  /** Whether a database is needed. @default true */
  readonly database?: boolean;
}

export interface Services {
  /** Empty, if no Redis was asked for. From `CLUSTER_URL` as it is, password included: not for a log. */
  readonly redisUrl: string;
  /** Empty, if no database was asked for. From `MONGO_URL` as it is; of a server started here, an empty database. */
  readonly mongoUrl: string;
  /** Stops what was started here, and nothing else. Idempotent. */
  stop(): Promise<void>;
}

type Log = (line: string) => void;

interface RunningService {
  readonly url: string;
  stop(): Promise<void>;
}

/** What makes one of the two services different from the other. */
interface Kind {
  readonly title: string;
  /** The environment variable that may hold its URL. */
  readonly variable: string;
  /** The program looked for on the PATH, with its arguments to listen on a port and keep data where it is started. */
  readonly program: string;
  readonly args: (port: number) => string[];
  /** What the program writes once it listens. */
  readonly ready: RegExp;
  /** The command of the embedded program. */
  readonly embedded: string;
  /** What the URL of the embedded one ends with. */
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
  // FerretDB 1.24 has 100 connections to SQLite and may need several for one operation: a hundred at once wait for each
  // other for good. So all nodes of a site together stay below that.
  embeddedOptions: '?maxPoolSize=5',
  install: 'MongoDB',
  url: (address) => `mongodb://${address}/cluster`,
  probe: probeDatabase,
};

/** How often a port is chosen anew when somebody else takes it first. */
const PORT_ATTEMPTS = 5;

/**
 * Finds or starts the services. Whoever calls this has to call `stop`: servers started here keep the process alive.
 *
 * @throws Error that says what was looked for and what to do, with no password in it; nothing is left running then
 */
export async function startServices(options: ServicesOptions = {}): Promise<Services> {
  const { log = console.log, redis = true, database = true } = options;
  // One after the other, so that a wrong CLUSTER_URL is told before minutes are spent building a database.
  const runningRedis = redis ? await start(REDIS, log) : undefined;
  let runningDatabase: RunningService | undefined;
  try {
    runningDatabase = database ? await start(DATABASE, log) : undefined;
  } catch (error) {
    await runningRedis?.stop();
    throw error;
  }
  return {
    redisUrl: runningRedis?.url ?? '',
    mongoUrl: runningDatabase?.url ?? '',
    stop: async () => {
      await Promise.all([runningRedis?.stop(), runningDatabase?.stop()]);
    },
  };
}

async function start(kind: Kind, log: Log): Promise<RunningService> {
  const given = process.env[kind.variable];
  if (given) {
    const { version, address } = await kind.probe(given, kind.variable);
    log(`${kind.title}: ${address} from ${kind.variable}${version && `, version ${version}`}`);
    return { url: given, stop: async () => {} };
  }
  const program = findOnPath(kind.program);
  if (program !== undefined) return startFromPath(kind, program, log);
  const embedded = await embeddedProgram(log);
  if (embedded !== undefined) return startEmbedded(kind, embedded, log);
  throw new Error(
    `${kind.title}: none found. Looked for the variable ${kind.variable}, for ${kind.program} on the PATH, and for ` +
      `go on the PATH to build the embedded one. Set ${kind.variable}, or install ${kind.install} or Go ${GO_VERSION} ` +
      'or later.',
  );
}

async function startFromPath(kind: Kind, program: string, log: Log): Promise<RunningService> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      const server = await startServer({
        name: kind.program,
        command: program,
        args: kind.args(port),
        ready: kind.ready,
        log,
      });
      const address = `127.0.0.1:${port}`;
      return await verified(kind, server, kind.url(address), ({ version }) =>
        log(`${kind.title}: ${kind.program} ${version} from the PATH on ${address}`),
      );
    } catch (error) {
      // Between choosing a port and listening on it somebody else can take it.
      const taken = error instanceof Error && /address already in use/i.test(error.message);
      if (!taken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function startEmbedded(kind: Kind, program: string, log: Log): Promise<RunningService> {
  const server = await startServer({
    name: `the embedded ${kind.embedded}`,
    command: program,
    args: [kind.embedded],
    ready: /^ready (\S+) v?(\S+) (127\.0\.0\.1:\d+)$/,
    log,
  });
  const [, name, version, address = ''] = server.match;
  return verified(kind, server, `${kind.url(address)}${kind.embeddedOptions}`, () =>
    log(`${kind.title}: ${name} ${version} (embedded) on ${address}`),
  );
}

/** A started server as a service, once it has answered a client. */
async function verified(
  kind: Kind,
  server: ChildServer,
  url: string,
  announce: (answer: Answer) => void,
): Promise<RunningService> {
  try {
    announce(await kind.probe(url, kind.title));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { url, stop: server.stop };
}
