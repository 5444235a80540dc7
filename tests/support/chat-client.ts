/**
 * A DDP client of the chat demo, `examples/chat`, as a browser with a cookie has one. Runs on the stand-in only.
 *
 * Called by the tests of the examples for deployments. Opens one WebSocket, which reconnects by itself.
 */

import { WebSocket } from 'ws';
import { DdpClient } from '../../stand-in/ddp-client';
import { eventually } from './eventually';

export class ChatClient {
  readonly #client: DdpClient;
  readonly #room: string;

  /** @param cookie the header of that name; empty for none */
  constructor(url: string, room: string, cookie = '') {
    class BrowserSocket extends WebSocket {
      constructor(address: string) {
        super(address, cookie ? { headers: { cookie } } : {});
      }
    }
    this.#client = new DdpClient(url, BrowserSocket as never);
    this.#room = room;
    this.#client.subscribe('node', []);
    this.#client.subscribe('room', [room]);
  }

  /** Returns the URL of the node that this client is connected to. */
  async node(): Promise<string> {
    const find = () => this.#client.documents('nodes')[0]?._id;
    await eventually('the client to be connected to a node', () => find() !== undefined);
    return String(find());
  }

  send(text: string): Promise<unknown> {
    return this.#client.call('send', [{ room: this.#room, name: 'Tom', text }]);
  }

  async receives(text: string): Promise<void> {
    await eventually(`the client to receive "${text}"`, () =>
      this.#client.documents('messages').some((message) => message.text === text),
    );
  }

  disconnect(): void {
    this.#client.close();
  }
}
