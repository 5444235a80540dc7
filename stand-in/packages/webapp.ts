/**
 * Stands in for `meteor/webapp`: an Express application, as in Meteor 3, and the HTTP server that runs it.
 *
 * Called by `application.ts`, `packages/meteor.ts` and `main.ts`, which listens. Touches nothing else.
 */

import { createServer } from 'node:http';
import express from 'express';

const handlers = express();
handlers.disable('x-powered-by');

export const WebApp = { handlers, httpServer: createServer(handlers) };
