/**
 * `/api/auth/*`: sign-up, sign-in and all that belongs to it, answered by whatever knows accounts; here stands what
 * guards it. Passwords are guessed in two ways: many against one account, and one against many accounts. So attempts
 * are counted by the address that they come from and by the account that they are for; what succeeds is not held against
 * an account.
 */
import { RateLimited, TooLarge } from '@synap/domain';
import type { Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import * as z from 'zod';
import type { ServedRequest } from '../app.ts';
import { problemResponse, toProblem } from '../errors/problem.ts';
import { type OwnPages, refuseForeignPages } from '../protection/own-pages.ts';
import type { Rate, RateLimiter } from '../protection/rate-limiter.ts';

/** Answers requests about accounts. */
export type AccountsHandler = (request: Request) => Promise<Response>;

/** Whoever serves says so where a request came from; what the client says of it counts for nothing. */
const CLIENT_ADDRESS_HEADER = 'x-synap-client-address';
const BODY_MAX_BYTES = 64 * 1024;

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 60 * MINUTE_SECONDS;
/** What neither tries a secret nor sends a letter; whatever else is posted may, however its path is spelled. */
const HARMLESS = /^\/api\/auth\/(sign-out|update-user|update-session|revoke-[a-z-]+)$/;
const SIGN_IN = '/api/auth/sign-in/email';
const LETTER = '/api/auth/request-password-reset';
const ATTEMPTS_FROM_ADDRESS: Rate = { requests: 30, seconds: MINUTE_SECONDS };
const ATTEMPTS_FOR_ACCOUNT: Rate = { requests: 10, seconds: 15 * MINUTE_SECONDS };
const LETTERS_TO_ACCOUNT: Rate = { requests: 5, seconds: HOUR_SECONDS };
const OTHERS_FROM_ADDRESS: Rate = { requests: 600, seconds: MINUTE_SECONDS };

const namedAccount = z.object({ email: z.string().max(320) });

interface Guard {
  readonly handle: AccountsHandler;
  readonly ownPages: OwnPages;
  readonly limiter: RateLimiter | null;
}

export function serveAccounts(app: Hono<ServedRequest>, guard: Guard): void {
  const onError = (): never => {
    throw new TooLarge(BODY_MAX_BYTES);
  };
  app.use('/api/auth/*', bodyLimit({ maxSize: BODY_MAX_BYTES, onError }));
  app.all('/api/auth/*', async (context) => {
    refuseForeignPages(context.req.raw, guard.ownPages);
    try {
      return await answer(context, guard);
    } catch (error) {
      if (!(error instanceof RateLimited)) throw error;
      return tooMany(error);
    }
  });
}

async function answer(context: Context<ServedRequest>, { handle, limiter }: Guard): Promise<Response> {
  const { raw, path } = context.req;
  const address = context.env?.clientAddress;
  const isAttempt = raw.method === 'POST' && !HARMLESS.test(path);
  if (address !== undefined) {
    if (isAttempt) await take(limiter, `attempt:${address}`, ATTEMPTS_FROM_ADDRESS);
    else await take(limiter, `auth:${address}`, OTHERS_FROM_ADDRESS);
  }
  const account = isAttempt ? await accountOf(raw.clone()) : null;
  const [kind, rate] =
    path === LETTER ? (['letter', LETTERS_TO_ACCOUNT] as const) : (['guess', ATTEMPTS_FOR_ACCOUNT] as const);
  const key = `${kind}:${account}`;
  if (account !== null) await take(limiter, key, rate);
  const response = await handle(withAddress(raw, address));
  if (account !== null && response.ok && path === SIGN_IN) await limiter?.reset(key, rate);
  return response.status >= 500 ? problemResponse(toProblem(new Error('accounts'))) : response;
}

/** Whom an attempt is for, if it says so; whether there is such an account makes no difference. */
async function accountOf(request: Request): Promise<string | null> {
  const body = namedAccount.safeParse(await request.json().catch(() => null));
  return body.success ? body.data.email.trim().toLowerCase() : null;
}

async function take(limiter: RateLimiter | null, key: string, rate: Rate): Promise<void> {
  const retryAfterSeconds = (await limiter?.take(key, rate)) ?? 0;
  if (retryAfterSeconds > 0) throw new RateLimited('These were too many attempts.', { retryAfterSeconds });
}

function withAddress(request: Request, address: string | undefined): Request {
  const headers = new Headers(request.headers);
  headers.delete(CLIENT_ADDRESS_HEADER);
  if (address !== undefined) headers.set(CLIENT_ADDRESS_HEADER, address);
  return new Request(request, { headers });
}

/** Better Auth's clients read `message`. */
function tooMany(error: RateLimited): Response {
  const problem = toProblem(error);
  return problemResponse(problem, {}, { message: problem.detail });
}
