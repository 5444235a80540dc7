/**
 * Meteor's web server, for paths that Cluster serves. The package `webapp` is a weak dependency: an application without a web
 * server has none.
 *
 * Called by `endpoints.ts`.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';

export type AnswerRequest = (request: IncomingMessage, response: ServerResponse) => void;

interface Handlers {
  use(handle: (request: IncomingMessage, response: ServerResponse, next: () => void) => void): unknown;
}

/** Meteor's table of the packages of the application. */
declare const Package: { readonly webapp?: { readonly WebApp: { readonly handlers: Handlers } } };

/**
 * Answers requests of a path, by GET and HEAD. They do not reach the application.
 *
 * @returns whether there is a web server
 */
export function servePath(path: string, answer: AnswerRequest): boolean {
  const { webapp } = Package;
  webapp?.WebApp.handlers.use((request, response, next) => {
    if (isRequested(request, path)) answer(request, response);
    else next();
  });
  return webapp !== undefined;
}

function isRequested({ method, url = '' }: IncomingMessage, path: string): boolean {
  return (method === 'GET' || method === 'HEAD') && url.split('?', 1)[0] === path;
}
