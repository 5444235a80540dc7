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

// Meteor's table of packages, as far as a package looks another one up in it: a weak dependency.
Object.assign(globalThis, { Package: { webapp: { WebApp } } });
