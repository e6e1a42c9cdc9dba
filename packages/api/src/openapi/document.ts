import * as z from 'zod';
import { describedAccounts } from '../accounts/described-accounts.ts';
import { describedFeed } from '../feed/described-feed.ts';
import { describedHealth } from '../health-routes.ts';
import { describedAsk } from '../rest/described-ask.ts';
import { describedContent, describedLinks } from '../rest/described-content.ts';
import { describedGraph } from '../rest/described-graph.ts';
import { appRouter } from '../routers/router.ts';
import { describedUploads } from '../uploads/described-uploads.ts';
import type { DescribedRoute } from './described-route.ts';
import { type JsonSchema, SchemaCollection } from './json-schema.ts';
import { type Answer, type Operation, toAnswer, toOperation } from './operation.ts';
import { problemAnswer } from './problems.ts';
import { describeProcedures } from './procedure-routes.ts';
import { sharedHeaders, sharedParameters } from './shared-parts.ts';

export const DOCUMENT_PATH = '/api/openapi.json';

/** An OpenAPI document, as far as its own parts are concerned. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: object;
  readonly servers: readonly { url: string; description: string }[];
  readonly tags: readonly { name: string; description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, Answer>>;
    readonly parameters: object;
    readonly headers: object;
    readonly securitySchemes: object;
  };
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

/** What each group of routes is about: the first word of its operations. */
const TAGS: Readonly<Record<string, string>> = {
  capture: 'A raw thought, which enrichment turns into what it is.',
  notes: 'What a person wrote down.',
  tasks: 'What is to be done.',
  projects: 'What tasks belong to.',
  pages: 'Pages of the web.',
  events: 'Entries of a calendar; and the log of all that happened, and its live feed.',
  ideas: 'What may come to something.',
  calendar: 'What is due and takes place, for calendars.',
  webhooks: 'Addresses that are told of what happens, and how that went.',
  entities: 'Things of every kind, with their content, history and versions.',
  files: 'Files of any kind.',
  uploads: 'Files that are sent piece by piece (tus).',
  tags: 'What things are found by.',
  relations: 'Links between things.',
  history: 'What was done, and undoing it.',
  search: 'Finding by meaning and by words.',
  ai: 'Answers, suggestions and reruns of the analysis.',
  activity: 'How much was done when.',
  account: 'The signed-in account.',
  accounts: 'Signing up and in.',
  apiKeys: 'The keys by which programs sign in.',
  usage: 'What was spent at providers.',
  workflows: 'What runs in the background; for the owner.',
  health: 'Whether Synap works.',
  document: 'This document.',
};

const DESCRIPTION = `The backend of a second brain: content as files, facts as events, state as rows, meaning as vectors.

- **Signing in**: \`Authorization: Bearer synap_…\`, or the cookie of a session.
- **Writes** take an \`Idempotency-Key\`: a repeat gives the first answer again, for two days. Changes take
  \`expectedVersion\` or \`If-Match\`: 409 with \`currentVersion\` if somebody was quicker.
- **Lists** take \`limit\` (200 at the most) and \`cursor\`, and answer \`items\` and \`nextCursor\`, which is \`null\` at the end.
- **Errors** are problem documents (RFC 9457) with a \`code\` for programs.
- Times are ISO 8601 in UTC, ids are UUIDs of version 7. A field that is not known is refused in what is sent; what is
  answered may grow.`;

/** Every route that is described by hand, because it is no procedure's. */
const ownRoutes: readonly DescribedRoute[] = [
  ...describedContent,
  ...describedLinks,
  describedAsk,
  describedGraph,
  describedFeed,
  ...describedUploads,
  ...describedAccounts,
  ...describedHealth,
  {
    method: 'GET',
    path: DOCUMENT_PATH,
    operationId: 'document.read',
    tag: 'document',
    summary: 'Reads this document',
    isOpen: true,
    answers: {
      200: {
        description: 'OpenAPI 3.1.',
        content: { 'application/json': { schema: z.record(z.string(), z.unknown()), example: { openapi: '3.1.0' } } },
        headers: { ETag: 'Another when the document is another.' },
      },
      304: { description: 'It is what `If-None-Match` says.' },
    },
    problems: [500],
  },
];

/** The document of the whole API, made of the definitions that serve it. */
export function createDocument({ serverUrl }: { serverUrl: string }): OpenApiDocument {
  const schemas = new SchemaCollection();
  const routes = [...describeProcedures(appRouter), ...ownRoutes];
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: toOperation(route, schemas) };
  }
  const statuses = [...new Set(routes.flatMap(({ problems }) => problems))].sort((one, other) => one - other);
  const responses = Object.fromEntries(
    statuses.map((status) => [`Problem${status}`, toAnswer(problemAnswer(status), schemas)]),
  );
  const used = new Set(routes.map(({ tag }) => tag));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Synap',
      version: '1',
      description: DESCRIPTION,
      license: { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' },
    },
    servers: [{ url: serverUrl, description: 'This server.' }],
    tags: [...used].map((name) => ({ name, description: TAGS[name] ?? name })),
    paths: Object.fromEntries(Object.entries(paths).sort(([one], [other]) => (one < other ? -1 : 1))),
    components: {
      schemas: schemas.named,
      responses,
      parameters: sharedParameters,
      headers: sharedHeaders,
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: `synap_…`.' },
        session: { type: 'apiKey', in: 'cookie', name: 'synap.session_token', description: 'A session in a browser.' },
      },
    },
    security: [{ apiKey: [] }, { session: [] }],
  };
}
