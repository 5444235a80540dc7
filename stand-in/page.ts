/** Serves an application's page at every path. Called by application.ts, and by bundles of an application. */

import { WebApp } from './packages/webapp';

export interface Page {
  readonly script: string;
  readonly style: string;
  /** The file `client/main.html`. */
  readonly html: string;
}

/** Adds routes to `WebApp.handlers`. */
export function servePage({ script, style, html }: Page): void {
  const { handlers } = WebApp;
  handlers.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  handlers.get('/main.js', (_request, response) => void response.type('js').send(script));
  handlers.get('/main.css', (_request, response) => void response.type('css').send(style));
  handlers.get('/{*path}', (_request, response) => void response.type('html').send(renderDocument(html)));
}

/** Returns the page with the head and body of the file inserted, as Meteor's package `static-html` does. */
function renderDocument(page: string): string {
  const contentOf = (tag: string) => new RegExp(`<${tag}>(.*)</${tag}>`, 's').exec(page)?.[1]?.trim() ?? '';
  return `<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<link rel="stylesheet" href="/main.css">
${contentOf('head')}
</head>
<body>
${contentOf('body')}
<script type="module" src="/main.js"></script>
</body>
</html>
`;
}
