/**
 * A TCP proxy between a node and Redis that injects faults into their connections.
 *
 * Used by the suites of faults and convergence. It has one fault at a time; `heal` ends it. Bytes keep their order
 * whatever happens.
 */

import { once } from 'node:events';
import { connect, type Server, type Socket } from 'node:net';
import { pause } from './eventually';
import { listenLocally, portOf } from './local-server';
import { RespFrames } from './resp';

export interface Fault {
  /** Connections are reset, new ones too. */
  readonly cut?: boolean;
  /** New connections are accepted and never answered, not even after the fault. */
  readonly swallow?: boolean;
  /** Bytes to Redis are held back, and no connection is closed. They arrive after the fault, as after lost packets. */
  readonly blocksOutgoing?: boolean;
  /** The same for bytes from Redis. */
  readonly blocksIncoming?: boolean;
  /** Every piece is this much late, in ms. */
  readonly delay?: number;
  /** Bytes travel in pieces of this size, but for the end of what comes at once: see `MAX_PIECES`. */
  readonly slice?: number;
  /** Redis' answers to PUBLISH are lost. */
  readonly losesAnswers?: boolean;
  /** Called with each message of the channel that Redis sends; returns what the node receives in its place. */
  readonly message?: (frame: Buffer) => readonly Buffer[];
}

/** A chunk is cut into so many pieces at most. Its first bytes are the names and lengths that a client has to put together. */
const MAX_PIECES = 40;

type Direction = 'blocksOutgoing' | 'blocksIncoming';

export class FaultyProxy {
  readonly #server: Server;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #fault: Fault = {};
  #healed: (() => void)[] = [];

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    server.on('connection', (socket: Socket) => this.accept(socket));
  }

  /** @param target the port of 127.0.0.1 behind it */
  static async start(target: number): Promise<FaultyProxy> {
    return new FaultyProxy(await listenLocally(), target);
  }

  get port(): number {
    return portOf(this.#server);
  }

  /** Takes effect at once, on open and on new connections, in place of the last fault. */
  inject(fault: Fault): void {
    this.#fault = fault;
    if (fault.cut) this.reset();
    for (const healed of this.#healed.splice(0)) healed();
  }

  heal(): void {
    this.inject({});
  }

  /** Stops listening and resets the open connections. */
  close(): void {
    this.#server.close();
    this.reset();
  }

  /** Resets the open connections. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  private accept(node: Socket): void {
    if (this.#fault.swallow) {
      node.on('error', () => {}).resume();
      return;
    }
    const redis = connect(this.#target, '127.0.0.1').setNoDelay();
    node.setNoDelay();
    for (const [socket, other] of [
      [node, redis],
      [redis, node],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.resetAndDestroy());
      socket.on('close', () => this.#sockets.delete(socket));
    }
    if (this.#fault.cut) this.reset();
    // A connection that ends in the middle rejects here; the other end is reset by then.
    this.forward(node, redis, 'blocksOutgoing').catch(() => redis.destroy());
    this.forward(redis, node, 'blocksIncoming').catch(() => node.destroy());
  }

  private async forward(from: Socket, to: Socket, direction: Direction): Promise<void> {
    const frames = new RespFrames();
    for await (const chunk of from as AsyncIterable<Buffer>) {
      const { delay } = this.#fault;
      if (delay) await pause(delay);
      for (const frame of direction === 'blocksIncoming' ? frames.push(chunk) : [chunk]) {
        while (this.#fault[direction]) await new Promise<void>((resolve) => this.#healed.push(resolve));
        const { message, losesAnswers } = this.#fault;
        if (losesAnswers && isNumber(frame)) continue;
        for (const piece of message && isMessage(frame) ? message(frame) : [frame]) {
          await this.write(to, piece);
        }
      }
    }
    to.end();
  }

  private async write(to: Socket, bytes: Buffer): Promise<void> {
    for (const [n, piece] of piecesOf(bytes, this.#fault.slice).entries()) {
      if (n > 0) await new Promise(setImmediate);
      if (!to.write(piece) && to.writable) await once(to, 'drain');
    }
  }
}

function piecesOf(bytes: Buffer, size = bytes.length): Buffer[] {
  const count = Math.min(Math.ceil(bytes.length / size), MAX_PIECES);
  const endOfPiece = (n: number) => (n < count ? n * size : bytes.length);
  return Array.from({ length: count }, (_, n) => bytes.subarray(n * size, endOfPiece(n + 1)));
}

function isMessage(frame: Buffer): boolean {
  return frame.includes('$7\r\nmessage\r\n');
}

/** An answer to PUBLISH is the number of subscribers. */
function isNumber(frame: Buffer): boolean {
  return frame.toString('latin1', 0, 1) === ':';
}
