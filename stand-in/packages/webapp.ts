/** Stands in for `meteor/webapp`: an Express application, as in Meteor 3, in front of one HTTP server. */

import { createServer } from 'node:http';
import express from 'express';

const handlers = express();
handlers.disable('x-powered-by');

export const WebApp = { handlers, httpServer: createServer(handlers) };
