import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDocument } from '@synap/api';
import { createAnswerCheck } from '@synap/api/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Application, startApplication } from '../application.ts';
import { readConfiguration } from '../config/environment.ts';
import { createLogger } from '../logger.ts';
import { type MailServer, startMailServer } from '../testing/mail-server.ts';

/*
 * A person who began with the command line, and what becomes of them and their things when they sign up; the tests
 * build on each other, on one application without a socket.
 */

const ORIGIN = 'http://127.0.0.1:4000';
const ANN = { email: 'ann@example.com', password: 'correct horse battery', name: 'Ann' };
const LIMIT = 60;
const TRUSTED = 'https://app.example';

let directory: string;
let mail: MailServer;
let application: Application;
let logged = '';
let ownerKey: string;
let noteId: string;
let cookie: string;
let letterToken: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'synap-accounts-'));
  mail = await startMailServer();
  const configuration = readConfiguration({
    SYNAP_DATA_DIR: directory,
    SMTP_URL: mail.url,
    MAIL_FROM: 'synap@example.com',
    SYNAP_CORS_ORIGINS: TRUSTED,
    SYNAP_RATE_LIMIT: String(LIMIT),
  });
  const destination = {
    write: (line: string): void => {
      logged += line;
    },
  };
  application = await startApplication(configuration, createLogger({ level: 'trace', isTerminal: false, destination }));
  application.listensAt(ORIGIN);
  ownerKey = `Bearer ${application.directory.ownerKey}`;
});
afterAll(async () => {
  await application.close();
  await mail.close();
  await rm(directory, { recursive: true });
});

/** Here, too, answers are what the OpenAPI document says. */
const check = createAnswerCheck(createDocument({ serverUrl: ORIGIN }));

async function call(
  method: string,
  path: string,
  { body, headers = {}, host = ORIGIN }: { body?: unknown; headers?: Record<string, string>; host?: string } = {},
) {
  const request = new Request(`${host}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await application.fetch(request, { clientAddress: '127.0.0.1' });
  await check(request, response);
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json') && text !== '';
  return { status: response.status, body: isJson ? JSON.parse(text) : null, headers: response.headers };
}

const cookiesOf = (headers: Headers): string =>
  headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');

test('who began with the command line finds their notes after signing up', async () => {
  const kept = await call('POST', '/api/v1/notes', {
    body: { content: 'Written before there was an account' },
    headers: { authorization: ownerKey },
  });
  noteId = kept.body.entity.id;
  const signedUp = await call('POST', '/api/auth/sign-up/email', { body: ANN, headers: { origin: ORIGIN } });
  expect(signedUp.status).toBe(200);
  cookie = cookiesOf(signedUp.headers);
  const found = await call('GET', `/api/v1/entities/${noteId}`, { headers: { cookie } });
  expect([found.status, found.body.entity?.id]).toEqual([200, noteId]);
  const byKey = await call('GET', '/api/v1/entities', { headers: { authorization: ownerKey } });
  expect(byKey.body.items.map(({ id }: { id: string }) => id)).toEqual([noteId]);
});

test('the owner administers the store with their session, and events say which session wrote them', async () => {
  expect((await call('GET', '/api/v1/workflows/runs', { headers: { cookie } })).status).toBe(200);
  const session = (await call('GET', '/api/auth/get-session', { headers: { cookie } })).body.session;
  const { body } = await call('PATCH', `/api/v1/entities/${noteId}`, {
    body: { title: 'By Ann' },
    headers: { cookie },
  });
  expect(body.entity.title).toBe('By Ann');
  const history = await call('GET', `/api/v1/entities/${noteId}/history`, { headers: { cookie } });
  const actors = history.body.items.map(({ actor }: { actor: unknown }) => actor);
  expect(actors[0]).toEqual({ kind: 'api_key', id: 'owner' });
  expect(actors).toContainEqual({ kind: 'user', id: session.id });
});

test('sessions are listed, ended one by one, and signed out of', async () => {
  const signIn = async (): Promise<string> =>
    cookiesOf((await call('POST', '/api/auth/sign-in/email', { body: ANN, headers: { origin: ORIGIN } })).headers);
  const [other, another] = [await signIn(), await signIn()];
  const own = { cookie, origin: ORIGIN };
  const present = async (): Promise<{ token: string }[]> =>
    (await call('GET', '/api/auth/list-sessions', { headers: own })).body;
  expect(await present()).toHaveLength(3);
  const { token } = (await call('GET', '/api/auth/get-session', { headers: { cookie: other } })).body.session;
  const revoked = await call('POST', '/api/auth/revoke-session', { body: { token }, headers: own });
  expect([revoked.status, revoked.body]).toEqual([200, { status: true }]);
  expect((await call('GET', '/api/auth/get-session', { headers: { cookie: other } })).body).toBeNull();
  const out = await call('POST', '/api/auth/sign-out', { body: {}, headers: { cookie: another, origin: ORIGIN } });
  expect([out.status, out.body]).toEqual([200, { success: true }]);
  expect(await present()).toHaveLength(1);
});

test('no page of another origin acts with the cookie, nor signs up under a name that was made to point here', async () => {
  const foreign = { cookie, origin: 'https://evil.example' };
  const title = { title: 'By somebody else' };
  expect((await call('PATCH', `/api/v1/entities/${noteId}`, { body: title, headers: foreign })).status).toBe(403);
  const overTrpc = await call('POST', '/trpc/entities.update', { body: { id: noteId, ...title }, headers: foreign });
  expect([overTrpc.status, overTrpc.body.error.data.code]).toEqual([403, 'forbidden']);
  expect((await call('POST', '/api/auth/sign-out', { body: {}, headers: foreign })).status).toBe(403);
  const host = 'http://rebound.example:4000';
  const rebound = await call('POST', '/api/auth/sign-up/email', { body: ANN, headers: { origin: host }, host });
  expect(rebound.status).toBe(403);
  const trusted = await call('PATCH', `/api/v1/entities/${noteId}`, {
    body: { title: 'By a trusted page' },
    headers: { cookie, origin: TRUSTED },
  });
  expect([trusted.status, trusted.headers.get('access-control-allow-origin')]).toEqual([200, TRUSTED]);
  const read = await call('GET', `/api/v1/entities/${noteId}`, { headers: foreign });
  expect(read.headers.get('access-control-allow-origin')).toBeNull();
  expect(read.headers.get('cache-control')).toBe('private, no-cache');
});

test('a key works until it is revoked, and not a request longer', async () => {
  const made = await call('POST', '/api/v1/api-keys', { body: { name: 'CI', scopes: ['read'] }, headers: { cookie } });
  expect(made.status).toBe(201);
  const authorization = `Bearer ${made.body.key}`;
  expect((await call('GET', `/api/v1/entities/${noteId}`, { headers: { authorization } })).status).toBe(200);
  // A key beside a cookie is the only one that counts.
  const both = { authorization, cookie };
  expect((await call('PATCH', `/api/v1/entities/${noteId}`, { body: {}, headers: both })).status).toBe(403);
  const [listed] = (await call('GET', '/api/v1/api-keys', { headers: { cookie } })).body.items;
  expect(listed).toMatchObject({ name: 'CI', scopes: ['read'], prefix: made.body.key.slice(0, 12) });
  expect(Date.now() - Date.parse(listed.lastUsedAt)).toBeLessThan(60_000);
  expect((await call('DELETE', `/api/v1/api-keys/${listed.id}`, { headers: { cookie } })).status).toBe(200);
  expect((await call('GET', `/api/v1/entities/${noteId}`, { headers: { authorization } })).status).toBe(401);
  expect((await call('GET', '/api/v1/api-keys', { headers: { cookie } })).body.items).toEqual([]);
});

test('a letter goes out by the mail server that is configured', async () => {
  const asked = await call('POST', '/api/auth/request-password-reset', { body: { email: ANN.email } });
  expect(asked.status).toBe(200);
  const letter = (mail.letters[0] ?? '').replaceAll('=\n', '').replaceAll('=3D', '=');
  expect(letter).toContain(`To: ${ANN.email}`);
  letterToken = /reset-password\?token=([\w-]+)/.exec(letter)?.[1] ?? '';
  expect(letterToken).toMatch(/^.{20,}$/);
});

test('the link in the letter leads to a page that sets a new password, and runs nothing', async () => {
  const page = await application.fetch(new Request(`${ORIGIN}/reset-password?token=%22%3E%3Cscript%3E`));
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await page.text()).not.toContain('<script');
  const send = async (newPassword: string, origin: string) => {
    const body = new URLSearchParams({ token: letterToken, newPassword });
    const sent = new Request(`${ORIGIN}/reset-password`, { method: 'POST', body, headers: { origin } });
    return (await application.fetch(sent)).text();
  };
  expect(await send('short', ORIGIN)).toContain('Password too short');
  expect(await send('a new horse battery', 'https://evil.example')).not.toContain('It is set.');
  expect(await send('a new horse battery', ORIGIN)).toContain('It is set.');
  expect((await call('GET', '/api/v1/entities', { headers: { cookie } })).status).toBe(401);
  const signedIn = await call('POST', '/api/auth/sign-in/email', { body: { ...ANN, password: 'a new horse battery' } });
  cookie = cookiesOf(signedIn.headers);
  await call('POST', '/api/auth/change-password', {
    body: { currentPassword: 'a new horse battery', newPassword: ANN.password },
    headers: { cookie, origin: ORIGIN },
  });
});

test('guessing a password is slowed down, whoever it is for', async () => {
  const guess = { email: 'ben@example.com', password: 'not the password' };
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 11; attempt += 1) {
    statuses.push((await call('POST', '/api/auth/sign-in/email', { body: guess })).status);
  }
  expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
  const refused = await call('POST', '/api/auth/sign-in/email', { body: guess });
  expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited', message: expect.any(String) } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await call('POST', '/api/auth/sign-in/email', { body: ANN })).status).toBe(200);
});

test('a key that asks too much is told when to come back, on REST and tRPC; the owner’s own is not counted', async () => {
  const made = await call('POST', '/api/v1/api-keys', {
    body: { name: 'loop', scopes: ['read'] },
    headers: { cookie },
  });
  const headers = { authorization: `Bearer ${made.body.key}` };
  const batch = `/trpc/${Array(5).fill('tags.list').join(',')}?batch=1&input=${encodeURIComponent('{"0":{}}')}`;
  await call('GET', batch, { headers });
  const asked = Array.from({ length: LIMIT - 5 }, () => call('GET', '/api/v1/tags', { headers }));
  expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([200]));
  const refused = await call('GET', '/api/v1/tags', { headers });
  expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited', retryAfterSeconds: expect.any(Number) } });
  expect(refused.headers.get('retry-after')).toBe(String(refused.body.retryAfterSeconds));
  const overTrpc = await call('GET', '/trpc/tags.list?input=%7B%7D', { headers });
  expect([overTrpc.status, overTrpc.body.error.data.code]).toEqual([429, 'rate_limited']);
  for (let request = 0; request <= LIMIT; request += 1) {
    expect((await call('GET', '/api/v1/tags', { headers: { authorization: ownerKey } })).status).toBe(200);
  }
});

test('an account that is erased is gone with its sessions, keys and all that signs in', async () => {
  const { body: receipt } = await call('DELETE', '/api/v1/account', { headers: { cookie } });
  const removed = Object.fromEntries(
    receipt.stores.map(({ store, removed: count }: { store: string; removed: number }) => [store, count]),
  );
  expect(removed).toMatchObject({ users: 1, accounts: 1, sessions: 2, api_keys: 2 });
  expect((await call('GET', '/api/v1/entities', { headers: { cookie } })).status).toBe(401);
  expect((await call('GET', '/api/v1/entities', { headers: { authorization: ownerKey } })).status).toBe(401);
  expect((await call('POST', '/api/auth/sign-in/email', { body: ANN })).status).toBe(401);
});

test('nothing that opens anything is in the log', () => {
  expect(logged).toContain('/api/auth/sign-up/email');
  for (const secret of [ANN.password, ANN.email, letterToken, ...cookie.split(/[=;. ]/), ownerKey, 'synap_']) {
    if (secret.length > 8 && secret !== 'session_token') expect(logged.includes(secret)).toBe(false);
  }
});
