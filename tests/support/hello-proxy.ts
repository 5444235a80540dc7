/**
 * A TCP proxy in front of the database that makes it look like a replica set, as FerretDB with `--repl-set-name` and
 * DocumentDB's gateway do. It adds `setName` to the answers to `hello`.
 *
 * Used by tests of change streams. Understands as much of MongoDB's protocol as that needs.
 */

import { connect, type Server, type Socket } from 'node:net';
import { listenLocally, portOf } from './local-server';

const OP_REPLY = 1;
const OP_MSG = 2013;
/** Where the document of a message begins: after the header and the fields of its kind. */
const DOCUMENT_OFFSETS = new Map([
  [OP_REPLY, 36],
  [OP_MSG, 21],
]);
/** Only the answers to `hello`, and to its older forms, have this field. */
const HELLO_FIELD = 'maxWireVersion\0';

export class HelloProxy {
  readonly #server: Server;
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = target;
    server.on('connection', (socket: Socket) => this.accept(socket));
  }

  /** @param url the URL of the database, on this machine */
  static async start(url: string): Promise<HelloProxy> {
    return new HelloProxy(await listenLocally(), new URL(url));
  }

  /** The URL of the database through the proxy. */
  get url(): string {
    const url = new URL(this.#target);
    url.host = this.host;
    return url.href;
  }

  private get host(): string {
    return `127.0.0.1:${portOf(this.#server)}`;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  private accept(client: Socket): void {
    const database = connect(Number(this.#target.port || 27_017), this.#target.hostname);
    for (const [socket, other] of [
      [client, database],
      [database, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.end();
      });
    }
    client.pipe(database);
    let received = Buffer.alloc(0);
    database.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let size = sizeOf(received); size <= received.length; size = sizeOf(received)) {
        client.write(this.asReplicaSet(received.subarray(0, size)));
        received = received.subarray(size);
      }
    });
  }

  private asReplicaSet(message: Buffer): Buffer {
    const start = DOCUMENT_OFFSETS.get(message.readInt32LE(12));
    if (start === undefined || !message.includes(HELLO_FIELD)) return message;
    const hosts = bsonDocument([bsonString('0', this.host)]);
    const added = [bsonString('setName', 'rs0'), Buffer.concat([Buffer.from('\x04hosts\0'), hosts])];
    const end = start + message.readInt32LE(start);
    // Without the size in front and the zero at the end.
    const document = bsonDocument([message.subarray(start + 4, end - 1), ...added]);
    const result = Buffer.concat([message.subarray(0, start), document, message.subarray(end)]);
    result.writeInt32LE(result.length, 0);
    return result;
  }
}

/** Returns the size of the message that a buffer begins with. */
function sizeOf(buffer: Buffer): number {
  return buffer.length < 16 ? Number.POSITIVE_INFINITY : buffer.readInt32LE(0);
}

function bsonDocument(elements: readonly Buffer[]): Buffer {
  const body = Buffer.concat([...elements, Buffer.alloc(1)]);
  return Buffer.concat([int32(body.length + 4), body]);
}

function bsonString(name: string, value: string): Buffer {
  const text = Buffer.from(`${value}\0`);
  return Buffer.concat([Buffer.from(`\x02${name}\0`), int32(text.length), text]);
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32LE(value);
  return buffer;
}
