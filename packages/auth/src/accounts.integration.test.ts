import { createHmac } from 'node:crypto';
import { type Database, ensureOwner, schema } from '@synap/database';
import { testDatabases } from '@synap/database/testing';
import type { UserId } from '@synap/domain';
import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Accounts, type AccountsOptions, createAccounts } from './accounts.ts';
import type { Mail } from './mailer.ts';
import { startOpenIdProvider } from './testing/openid-provider.ts';
import { createPasskeyDevice } from './testing/passkey-device.ts';

const ORIGIN = 'http://127.0.0.1:4000';
const PASSWORD = 'correct horse battery';
const OWNER_KEY = 'the owner’s key';
const ANN = { email: 'ann@example.com', password: PASSWORD, name: 'Ann' };
const BEN = { email: 'ben@example.com', password: PASSWORD, name: 'Ben' };

for (const kind of testDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`accounts ${kind.name}`, () => {
    let database: Database;
    let owner: UserId;
    let letters: Mail[];
    let failures: unknown[];

    beforeAll(async () => {
      database = await kind.open();
    });
    afterAll(() => database.close());
    beforeEach(async () => {
      await database.queries.delete(schema.verifications);
      await database.queries.delete(schema.users);
      owner = await ensureOwner(database, { newId: v7(), now: new Date() });
      [letters, failures] = [[], []];
    });

    afterEach(() => expect(failures).toEqual([]));

    const open = (options: Partial<AccountsOptions> = {}): Accounts =>
      createAccounts({
        database,
        secret: 'a secret of this test that is long enough',
        baseUrl: () => ORIGIN,
        trustedOrigins: [],
        signUp: 'first',
        isFromOwner: async (headers) => headers.get('authorization') === `Bearer ${encodeURIComponent(OWNER_KEY)}`,
        mayBeTakenOver: async () => true,
        mailer: {
          send: async (mail) => {
            letters.push(mail);
          },
        },
        clock: { now: () => new Date() },
        ids: { next: () => v7() },
        oidc: null,
        onFailure: (error) => failures.push(error),
        ...options,
      });

    test('the first account takes over the user who was here before it, and is signed in', async () => {
      const accounts = open();
      const answer = await call(accounts, '/sign-up/email', ANN);
      expect(answer.status).toBe(200);
      expect(await accounts.findSession(answer.headers)).toMatchObject({ userId: owner, isOwner: true });
      expect(await database.queries.select().from(schema.users)).toMatchObject([{ id: owner, email: ANN.email }]);
    });

    test('of many who sign up first at once, one does', async () => {
      const accounts = open();
      const people = Array.from({ length: 5 }, (_, index) => ({ ...ANN, email: `ann${index}@example.com` }));
      const answers = await Promise.all(people.map((person) => call(accounts, '/sign-up/email', person)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403, 403, 403]);
      expect(await database.queries.select().from(schema.users)).toHaveLength(1);
      expect(await database.queries.select().from(schema.accounts)).toHaveLength(1);
    });

    test('where everybody may sign up, each after the first is a user of their own', async () => {
      const accounts = open({ signUp: 'open' });
      await call(accounts, '/sign-up/email', ANN);
      expect((await call(accounts, '/sign-up/email', { ...BEN, role: 'owner' })).status).toBe(400);
      const ben = await accounts.findSession((await call(accounts, '/sign-up/email', BEN)).headers);
      expect(ben).toMatchObject({ isOwner: false });
      expect(ben?.userId).not.toBe(owner);
      expect(ben?.userId).toMatch(/^[\da-f]{8}-[\da-f]{4}-7/);
    });

    test('a session ends at once when its person signs out, and a cookie that was changed is none', async () => {
      const accounts = open();
      await call(accounts, '/sign-up/email', ANN);
      const { headers } = await call(accounts, '/sign-in/email', ANN);
      expect(await accounts.findSession(headers)).not.toBeNull();
      const forged = new Headers({ cookie: (headers.get('cookie') ?? '').replace(/.(?=\.)/, 'x.') });
      expect(await accounts.findSession(forged)).toBeNull();
      expect((await call(accounts, '/sign-out', {}, { cookie: headers.get('cookie') ?? '' })).status).toBe(200);
      expect(await accounts.findSession(headers)).toBeNull();
    });

    test('a forgotten password is replaced by the link in a letter, once, and ends every session', async () => {
      const accounts = open();
      const { headers } = await call(accounts, '/sign-up/email', ANN);
      expect((await call(accounts, '/request-password-reset', { email: BEN.email })).status).toBe(200);
      expect(letters).toEqual([]);
      await call(accounts, '/request-password-reset', { email: ANN.email });
      const link = new URL(/http\S+/.exec(letters[0]?.text ?? '')?.[0] ?? '');
      expect([letters[0]?.to, link.origin]).toEqual([ANN.email, ORIGIN]);
      const token = link.searchParams.get('token') ?? '';
      expect(JSON.stringify(await database.queries.select().from(schema.verifications))).not.toContain(token);
      const change = { newPassword: 'another horse battery', token };
      expect((await call(accounts, '/reset-password', change)).status).toBe(200);
      expect((await call(accounts, '/reset-password', change)).status).toBe(400);
      expect(await accounts.findSession(headers)).toBeNull();
      expect((await call(accounts, '/sign-in/email', ANN)).status).toBe(401);
      expect((await call(accounts, '/sign-in/email', { ...ANN, password: change.newPassword })).status).toBe(200);
    });

    // The rest is the same wherever the rows lie.
    if (kind.hasConcurrentTransactions) return;

    test('nobody signs up after the first, and nobody learns by trying who has an account', async () => {
      const accounts = open();
      await call(accounts, '/sign-up/email', ANN);
      const answers = [await call(accounts, '/sign-up/email', BEN), await call(accounts, '/sign-up/email', ANN)];
      expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
        [403, 'SIGN_UP_CLOSED'],
        [403, 'SIGN_UP_CLOSED'],
      ]);
    });

    test('where others reach what is kept here, or nobody may sign up, it takes the owner’s key to take it over', async () => {
      const key = { authorization: `Bearer ${encodeURIComponent(OWNER_KEY)}` };
      const guarded = { mayBeTakenOver: async () => false };
      for (const options of [guarded, { ...guarded, signUp: 'open' }, { signUp: 'closed' }] as const) {
        const refused = await call(open(options), '/sign-up/email', ANN);
        expect(refused.status).toBe(403);
        expect(await database.queries.select().from(schema.users)).toMatchObject([{ email: null }]);
      }
      const accounts = open({ ...guarded, signUp: 'closed' });
      const answer = await call(accounts, '/sign-up/email', ANN, key);
      expect(await accounts.findSession(answer.headers)).toMatchObject({ userId: owner });
      expect((await call(accounts, '/sign-up/email', BEN, key)).status).toBe(403);
    });

    test('a wrong password is refused in the same words as an address that has no account', async () => {
      const accounts = open();
      await call(accounts, '/sign-up/email', ANN);
      const wrong = await call(accounts, '/sign-in/email', { ...ANN, password: 'something else entirely' });
      const unknown = await call(accounts, '/sign-in/email', BEN);
      expect([wrong.status, wrong.body]).toEqual([unknown.status, unknown.body]);
      expect(wrong.status).toBe(401);
    });

    test('with a second factor, a password alone signs nobody in', async () => {
      const accounts = open();
      const { headers } = await call(accounts, '/sign-up/email', ANN);
      const cookie = headers.get('cookie') ?? '';
      const { body } = await call(accounts, '/two-factor/enable', { password: PASSWORD }, { cookie });
      const secret = new URL(body.totpURI).searchParams.get('secret') ?? '';
      const verified = await call(accounts, '/two-factor/verify-totp', { code: totp(secret) }, { cookie });
      expect(verified.status).toBe(200);
      const half = await call(accounts, '/sign-in/email', ANN);
      expect(half.body).toMatchObject({ twoFactorRedirect: true });
      expect(await accounts.findSession(half.headers)).toBeNull();
      const waiting = { cookie: half.headers.get('cookie') ?? '' };
      expect((await call(accounts, '/two-factor/verify-totp', { code: '000000' }, waiting)).status).toBe(401);
      const whole = await call(accounts, '/two-factor/verify-totp', { code: totp(secret) }, waiting);
      expect(await accounts.findSession(whole.headers)).toMatchObject({ userId: owner });
      expect(JSON.stringify(await database.queries.select().from(schema.twoFactors))).not.toContain(secret);
    });

    test('a passkey signs in its person, where the server has a name', async () => {
      const origin = 'https://notes.example';
      const accounts = open({ baseUrl: () => origin });
      const ask = (path: string, body?: unknown, cookie = '') => call(accounts, path, body, { cookie, origin }, origin);
      const { headers } = await ask('/sign-up/email', ANN);
      const cookie = headers.get('cookie') ?? '';
      expect(cookie).toContain('__Secure-synap.session_token');
      expect(await accounts.findSession(headers)).toMatchObject({ userId: owner });
      const device = createPasskeyDevice({ origin });
      const offered = await ask('/passkey/generate-register-options', undefined, cookie);
      const together = `${cookie}; ${offered.headers.get('cookie')}`;
      const registered = await ask(
        '/passkey/verify-registration',
        { response: device.register(offered.body) },
        together,
      );
      expect(registered.status).toBe(200);
      const asked = await ask('/passkey/generate-authenticate-options');
      const given = device.signIn(asked.body);
      const waiting = asked.headers.get('cookie') ?? '';
      const forged = {
        ...given,
        response: { ...given.response, signature: device.signIn(offered.body).response.signature },
      };
      expect(
        (await ask('/passkey/verify-authentication', { response: forged }, waiting)).status,
      ).toBeGreaterThanOrEqual(400);
      const again = await ask('/passkey/generate-authenticate-options');
      const answer = { response: device.signIn(again.body) };
      const signedIn = await ask('/passkey/verify-authentication', answer, again.headers.get('cookie') ?? '');
      expect(await accounts.findSession(signedIn.headers)).toMatchObject({ userId: owner });
    });

    test('an OpenID provider signs people in, by the same rules', async () => {
      const provider = await startOpenIdProvider({ sub: 'person-1', email: ANN.email, name: 'Ann' });
      const oidc = { issuer: provider.issuer, clientId: 'synap', clientSecret: 'secret', name: 'Somewhere' };
      const signIn = async (accounts: Accounts) => {
        const begun = await call(accounts, '/sign-in/social', { provider: 'oidc', callbackURL: '/' });
        const authorized = await fetch(begun.body.url, { redirect: 'manual' });
        const back = authorized.headers.get('location') ?? '';
        const cookie = begun.headers.get('cookie') ?? '';
        return withCookies(await accounts.handle(new Request(back, { headers: { cookie } })));
      };
      expect(
        await open({ signUp: 'closed', oidc }).findSession(await signIn(open({ signUp: 'closed', oidc }))),
      ).toBeNull();
      const accounts = open({ oidc });
      expect(await accounts.findSession(await signIn(accounts))).toMatchObject({ userId: owner, isOwner: true });
      expect(await accounts.findSession(await signIn(accounts))).toMatchObject({ userId: owner });
      const [account] = await database.queries.select().from(schema.accounts);
      expect(account?.accessToken).not.toContain('an-access-token');
      await provider.close();
    });
  });
}

/** Posts the body, or gets where there is none. */
async function call(
  accounts: Accounts,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
  origin = ORIGIN,
) {
  const request = new Request(
    `${origin}/api/auth${path}`,
    body === undefined
      ? { headers }
      : { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) },
  );
  const response = await accounts.handle(request);
  const text = await response.clone().text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text), headers: withCookies(response) };
}

/** What a browser sends after this answer. */
function withCookies(response: Response): Headers {
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '');
  return new Headers({ cookie: cookies.join('; ') });
}

/** The code of this half minute (RFC 6238) for a secret in base32. */
function totp(secret: string): string {
  const bits = [...secret].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  const key = Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac('sha1', key).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
