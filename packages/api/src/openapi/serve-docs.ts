import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Hono } from 'hono';
import { html } from 'hono/html';
import type { ServedRequest } from '../app.ts';
import { answerPrepared, type PreparedAnswer, prepareAnswer } from './prepared-answer.ts';

const PATH = '/api/docs';
/** The page talks to this server and to nobody else, so that it works without the internet. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // Swagger UI sets styles of single elements.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
/** Without its validator, which would send the document to somebody else. */
const START = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  displayOperationId: true,
  docExpansion: 'none',
  filter: true,
  validatorUrl: null,
});
`;

/** What the page is made of, by name. */
const ASSETS: Readonly<Record<string, { type: string; read: () => Promise<string> }>> = {
  'start.js': { type: 'text/javascript; charset=utf-8', read: () => Promise.resolve(START) },
  'swagger-ui-bundle.js': {
    type: 'text/javascript; charset=utf-8',
    read: () => readModule(import.meta.resolve('swagger-ui-dist/swagger-ui-bundle.js')),
  },
  'swagger-ui.css': {
    type: 'text/css; charset=utf-8',
    read: () => readModule(import.meta.resolve('swagger-ui-dist/swagger-ui.css')),
  },
};

/** `GET /api/docs`: the document for people to browse and try, by Swagger UI from our own dependencies. */
export function serveDocs(app: Hono<ServedRequest>): void {
  const prepared = new Map<string, Promise<PreparedAnswer>>();
  app.get(PATH, (context) => {
    context.header('content-security-policy', CONTENT_SECURITY_POLICY);
    context.header('cache-control', 'no-cache');
    return context.html(PAGE);
  });
  app.get(`${PATH}/:asset`, async (context) => {
    const name = context.req.param('asset');
    const asset = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
    if (asset === undefined) return context.notFound();
    const answer = prepared.get(name) ?? asset.read().then((text) => prepareAnswer(text, asset));
    prepared.set(name, answer);
    return answerPrepared(context.req.raw, await answer);
  });
}

function readModule(url: string): Promise<string> {
  return readFile(fileURLToPath(url), 'utf8');
}

const PAGE = html`<!doctype html>
  <html lang="en">
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Synap: the API</title>
    <link rel="stylesheet" href="docs/swagger-ui.css" />
    <link rel="icon" href="data:," />
    <div id="docs"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </html>`;
