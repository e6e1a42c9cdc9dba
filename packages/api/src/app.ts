import { createEventFeed, type EventFeed, type HmacLinks, type Parts } from '@synap/core';
import { CorrelationId, ValidationFailed } from '@synap/domain';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { secureHeaders } from 'hono/secure-headers';
import { serveResetPasswordPage } from './accounts/reset-password-page.ts';
import { type AccountsHandler, serveAccounts } from './accounts/serve-accounts.ts';
import { type Problem, problemResponse, toProblem, trpcProblemResponse } from './errors/problem.ts';
import { FEED_TIMES, type FeedTimes, serveFeed } from './feed/serve-feed.ts';
import { type HealthCheck, serveHealth } from './health.ts';
import { serveDocs } from './openapi/serve-docs.ts';
import { serveDocument } from './openapi/serve-document.ts';
import { limitRequest, type RequestLimits } from './protection/limit-requests.ts';
import { type OwnPages, refuseForeignPages } from './protection/own-pages.ts';
import { loggedPath } from './request/logged-path.ts';
import { decodeJsonBody, drainBody, readBody } from './request/read-body.ts';
import type { RequestContext } from './request/request-context.ts';
import type { Authenticator } from './request/session.ts';
import { serveAsk } from './rest/ask.ts';
import { serveCalendars } from './rest/calendar.ts';
import { serveContent } from './rest/content.ts';
import { serveFiles } from './rest/files.ts';
import { serveGraph } from './rest/graph.ts';
import { serveLinks } from './rest/links.ts';
import { serveProcedures } from './rest/routes.ts';
import { appRouter } from './routers/router.ts';
import { serveUploads } from './uploads/serve-uploads.ts';
import type { UploadSpool } from './uploads/upload-spool.ts';

/** What is said of a request when it is over. */
export interface RequestLog {
  readonly method: string;
  /** Without what people wrote, and without tokens. */
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  readonly correlationId: string;
}

export interface ApiOptions {
  readonly parts: Parts;
  readonly authenticator: Authenticator;
  readonly healthChecks: Readonly<Record<string, HealthCheck>>;
  /** IANA name; where people are who do not say. */
  readonly defaultTimezone: string;
  /** Verifies links that lead to this server. */
  readonly ownLinks: HmacLinks;
  /** Where uploads that are sent piece by piece are gathered. */
  readonly spool: UploadSpool;
  /** Answers `/api/auth/*`; without it nobody signs in there. */
  readonly accounts?: AccountsHandler;
  readonly protection?: Protection;
  /** Whoever closes the server closes it first; without one, streams end when their listeners go. */
  readonly feed?: EventFeed;
  readonly feedTimes?: FeedTimes;
  /** Answers what the workflow service asks at `/api/inngest`, where one is used; it verifies who asks. */
  readonly answerInngest?: (request: Request) => Promise<Response>;
  /** The longest request body that is read whole, in bytes; files are not. */
  readonly bodyMaxBytes?: number;
  readonly onRequest: (log: RequestLog) => void;
  /** Told of every failure that is no caller's mistake. */
  readonly onError: (error: unknown, request: { path: string; correlationId: string }) => void;
}

/** What keeps others, and too many, from what is served. */
export interface Protection extends OwnPages {
  /** Counts requests; without it they are not limited. */
  readonly limits?: RequestLimits;
}

/** What the middleware leaves for the routes, and what whoever serves says of a request. */
export interface ServedRequest {
  Bindings: {
    /** The address that it came from. */
    clientAddress?: string;
  };
  Variables: {
    request: RequestContext;
    /** The body; only of routes that need it whole. */
    body: Uint8Array<ArrayBuffer>;
  };
}

/** An idempotency key is kept with the answer: long enough for any UUID or hash, short enough to index. */
const IDEMPOTENCY_KEY_MAX_LENGTH = 200;
/** So much of content that was refused is read all the same. */
const DRAINED_MAX_BYTES = 64 * 1024 * 1024;
const DRAINED_OF_STRANGERS_MAX_BYTES = 1024 * 1024;
const PREFLIGHT_KEPT_SECONDS = 600;
/** JSON may write one byte of content as two. */
const DEFAULT_BODY_MAX_BYTES = 24 * 1024 * 1024;

/**
 * The whole HTTP surface as one application: `app.fetch` takes a `Request` and answers a `Response`, on a socket or
 * in the same process.
 */
export function createApi(options: ApiOptions): Hono<ServedRequest> {
  const app = new Hono<ServedRequest>();
  const { protection = NO_PROTECTION, feed = createEventFeed(options.parts.log) } = options;
  // Browsers that are to say nothing of where they come from send forms of our own pages as of nobody's origin.
  app.use(secureHeaders({ referrerPolicy: 'same-origin' }));
  app.use(logRequests(options));
  app.onError((error, context) => {
    const problem = toProblem(error);
    if (problem.status >= 500) options.onError(error, describe(context));
    return context.req.path.startsWith('/trpc/') ? trpcProblemResponse(problem) : problemResponse(problem);
  });
  app.notFound((context) => problemResponse(noSuchRoute(context.req.path)));
  serveHealth(app, options.healthChecks);
  serveInngest(app, options);
  serveDocument(app, protection);
  serveDocs(app);
  serveCalendars(app, options);
  for (const path of ['/api/*', '/trpc/*']) app.use(path, admitPages(protection));
  if (options.accounts !== undefined) {
    const limiter = protection.limits?.limiter ?? null;
    serveAccounts(app, { handle: options.accounts, ownPages: protection, limiter });
    serveResetPasswordPage(app);
  }
  app.get('/', (context) => context.text(WELCOME));
  for (const path of ['/api/v1/*', '/trpc/*']) app.use(path, identifyRequest(options, feed));
  // These take content as it comes, so they stand before the middleware that reads the body whole.
  for (const path of ['/files/*', '/api/v1/files', '/api/v1/uploads/*', '/api/v1/entities/:id/content']) {
    app.use(path, answerRefusals());
  }
  serveLinks(app, options);
  serveContent(app);
  serveFiles(app);
  serveUploads(app, options.spool);
  for (const path of ['/api/v1/*', '/trpc/*']) app.use(path, readWholeBody(options));
  serveAsk(app, options);
  serveFeed(app, { feed, authenticator: options.authenticator, times: options.feedTimes ?? FEED_TIMES });
  serveGraph(app);
  serveProcedures(app, appRouter);
  app.all('/trpc/*', (context) => serveTrpc(context, options));
  return app;
}

const NO_PROTECTION: Protection = { publicOrigin: null, trustedOrigins: [] };

/** Lets pages of the origins that are trusted read answers (Fetch Standard, CORS). */
function admitPages({ trustedOrigins }: Protection): MiddlewareHandler<ServedRequest> {
  const admit = cors({
    origin: [...trustedOrigins],
    credentials: true,
    exposeHeaders: ['x-correlation-id', 'etag', 'retry-after', 'location', 'content-disposition'],
    maxAge: PREFLIGHT_KEPT_SECONDS,
  });
  // What is no page's request is none of its business, such as a tus client that asks what there is.
  return (context, next) => (context.req.header('origin') === undefined ? next() : admit(context, next));
}

const WELCOME = `This is Synap. It serves programs: see the README for the command line, /api/docs for the API.
`;

function serveInngest(app: Hono<ServedRequest>, { answerInngest, bodyMaxBytes }: ApiOptions): void {
  if (answerInngest === undefined) return;
  const limit = bodyLimit({ maxSize: bodyMaxBytes ?? DEFAULT_BODY_MAX_BYTES });
  app.all('/api/inngest', limit, (context) => answerInngest(context.req.raw));
}

/** Who asks and what for: known before any route, and before any of the body is read. */
function identifyRequest(options: ApiOptions, feed: EventFeed): MiddlewareHandler<ServedRequest> {
  const { parts, authenticator, defaultTimezone, protection = NO_PROTECTION } = options;
  return async (context, next) => {
    const { raw } = context.req;
    const session = await authenticator.authenticate(raw.headers);
    if (session?.isAmbient === true) refuseForeignPages(raw, protection);
    const { limits } = protection;
    if (limits !== undefined) {
      const address = context.env?.clientAddress;
      await limitRequest(limits, { session, address, count: countCalls(context.req.path) });
    }
    const idempotencyKey = context.req.header('idempotency-key');
    if (idempotencyKey !== undefined && !/^[\x21-\x7e]{1,200}$/.test(idempotencyKey)) {
      const message = `1 to ${IDEMPOTENCY_KEY_MAX_LENGTH} visible ASCII characters`;
      throw new ValidationFailed([{ field: 'Idempotency-Key', message }]);
    }
    const correlationId = CorrelationId.parse(context.res.headers.get('x-correlation-id'));
    const { origin } = new URL(context.req.url);
    context.set('request', { parts, feed, session, correlationId, idempotencyKey, defaultTimezone, origin });
    await next();
    // What is somebody's own is in no cache that others share.
    if (!context.res.headers.has('cache-control')) context.header('cache-control', 'private, no-cache');
  };
}

/** A batch of tRPC names each of its calls in the path. */
function countCalls(path: string): number {
  return path.startsWith('/trpc/') ? path.split(',').length : 1;
}

/** Lets a sender whose content was refused hear so, whether or not it has sent all of it. */
function answerRefusals(): MiddlewareHandler<ServedRequest> {
  return async (context, next) => {
    await next();
    const { status } = context.res;
    if (status < 400) return;
    const maxBytes = status === 401 ? DRAINED_OF_STRANGERS_MAX_BYTES : DRAINED_MAX_BYTES;
    if (!(await drainBody(context.req.raw, { maxBytes }))) context.header('connection', 'close');
  };
}

function readWholeBody({ bodyMaxBytes = DEFAULT_BODY_MAX_BYTES }: ApiOptions): MiddlewareHandler<ServedRequest> {
  return async (context, next) => {
    // Nobody who is not signed in makes the server read a large body.
    const isKnown = context.var.request.session !== null;
    const body = isKnown ? await readBody(context.req.raw, { maxBytes: bodyMaxBytes }) : new Uint8Array();
    context.set('body', body);
    await next();
  };
}

async function serveTrpc(context: Context<ServedRequest>, { onError }: ApiOptions): Promise<Response> {
  const { body, request: requestContext } = context.var;
  const { raw } = context.req;
  const hasBody = raw.method !== 'GET' && raw.method !== 'HEAD';
  const isForm = (context.req.header('content-type') ?? '').startsWith('multipart/form-data');
  const request = new Request(raw.url, {
    method: raw.method,
    headers: raw.headers,
    signal: raw.signal,
    ...(hasBody ? { body: isForm ? body : decodeJsonBody(body) } : {}),
  });
  return fetchRequestHandler({
    endpoint: '/trpc',
    req: request,
    router: appRouter,
    createContext: () => requestContext,
    onError: ({ error }) => {
      if (toProblem(error).status >= 500) onError(error.cause ?? error, describe(context));
    },
  });
}

function logRequests({ parts, onRequest }: ApiOptions): MiddlewareHandler<ServedRequest> {
  return async (context, next) => {
    const startedAt = performance.now();
    // A client that does one thing in many requests, such as an import, names them as one.
    const given = CorrelationId.safeParse(context.req.header('x-correlation-id'));
    const correlationId = given.success ? given.data : CorrelationId.parse(parts.ids.next());
    context.header('x-correlation-id', correlationId);
    await next();
    context.header('x-correlation-id', correlationId);
    const { method } = context.req;
    onRequest({
      method,
      path: loggedPath(context),
      status: context.res.status,
      durationMs: performance.now() - startedAt,
      correlationId,
    });
  };
}

function describe(context: Context<ServedRequest>): { path: string; correlationId: string } {
  return { path: loggedPath(context), correlationId: context.res.headers.get('x-correlation-id') ?? '' };
}

function noSuchRoute(path: string): Problem {
  return {
    type: 'about:blank',
    title: 'Not found',
    status: 404,
    detail: `There is nothing at ${path} for this method.`,
    code: 'not_found',
  };
}
