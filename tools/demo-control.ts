/**
 * The control of the demo: an HTTP server of the launcher for the buttons of the status page.
 *
 * Called by demo.ts. It listens on 127.0.0.1 and answers only pages of the demo's own nodes. A browser sends the origin of
 * the page with each request, so no other site can stop a node.
 */

import { once } from 'node:events';
import { createServer } from 'node:http';
import express, { type NextFunction, type Request, type Response } from 'express';
import type { DemoState } from '../examples/chat/imports/demo-state';

/** An action that cannot be carried out now. The page shows its message. */
export class DemoError extends Error {}

/** The actions of the buttons. Implemented by demo.ts. */
export interface DemoActions {
  readonly state: DemoState;
  addNode(): Promise<void>;
  stopNode(port: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  switchRedis(to: 'running' | 'stopped'): Promise<void>;
}

export interface DemoControl {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startDemoControl(demo: DemoActions): Promise<DemoControl> {
  const app = express();
  app.disable('x-powered-by');
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The control server has no port');
  const host = `localhost:${address.port}`;
  const origins = new Set<string>();

  app.use((request, response, next) => {
    // Those of nodes that were stopped stay: their pages are still open.
    for (const { url } of demo.state.nodes) origins.add(url);
    const { origin = '' } = request.headers;
    // The host, so that a name that resolves to this machine does not make a page of its own of it.
    if (!origins.has(origin) || request.headers.host !== host) {
      response.status(403).send({ error: 'Only a page of a node of the demo may do this.' });
      return;
    }
    response.set({ 'Access-Control-Allow-Origin': origin, Vary: 'Origin', 'Cache-Control': 'no-store' });
    next();
  });
  app.get('/state', (_request, response) => void response.send(demo.state));
  const on = (path: string, action: (request: Request) => Promise<void>) => {
    app.post(path, async (request, response) => {
      await action(request);
      response.send(demo.state);
    });
  };
  on('/nodes', () => demo.addNode());
  on('/nodes/:port/stop', ({ params }) => demo.stopNode(Number(params.port), 'SIGTERM'));
  on('/nodes/:port/kill', ({ params }) => demo.stopNode(Number(params.port), 'SIGKILL'));
  on('/redis/stop', () => demo.switchRedis('stopped'));
  on('/redis/start', () => demo.switchRedis('running'));
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const isExpected = error instanceof DemoError;
    response.status(isExpected ? 409 : 500).send({ error: (error as Error).message });
  });

  return {
    url: `http://${host}`,
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
