import { type Database, openPostgres, schema } from '@synap/database';
import { createTemporaryDatabase } from '@synap/database/testing';
import { hasRedisServer, type RedisProcess, startRedis } from '@synap/server/testing/redis-process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { type ServerProcess, startServer } from './testing/server-process.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

const serverUrl = process.env.SYNAP_TEST_DATABASE_URL ?? '';
const ANN = { email: 'ann@example.com', password: 'correct horse battery', name: 'Ann' };
const BEN = { ...ANN, email: 'ben@example.com', name: 'Ben' };
const AN_HOUR_AGO = new Date(Date.now() - 60 * 60 * 1000);

/* Two servers with one PostgreSQL and one Redis; the tests build on each other. */
describe.skipIf(serverUrl === '' || !hasRedisServer())(
  'two servers with a cache in Redis (set SYNAP_TEST_DATABASE_URL; needs redis-server)',
  () => {
    let redis: RedisProcess;
    let database: Database;
    let drop: () => Promise<void>;
    let one: ServerProcess;
    let other: ServerProcess;
    let signedIn: Record<string, string>;
    let id: string;

    beforeAll(async () => {
      const made = await createTemporaryDatabase(serverUrl);
      drop = made.drop;
      redis = await startRedis();
      const settings = {
        DATABASE_URL: made.url,
        REDIS_URL: redis.url,
        SYNAP_SIGNUP: 'open',
        BETTER_AUTH_SECRET: 'one secret for both of these servers',
      };
      one = await startServer(await temporaryDirectory(), settings);
      other = await startServer(await temporaryDirectory(), settings);
      database = await openPostgres({ connectionString: made.url, onConnectionLost: () => undefined });
    }, 120_000);
    afterAll(async () => {
      await Promise.all([one.stop(), other.stop(), database.close()]);
      await Promise.all([redis.close(), drop()]);
    });

    const call = async (server: ServerProcess, method: string, path: string, headers: object, body?: object) => {
      const response = await fetch(`${server.url}${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
    };
    const signIn = async (path: string, person = ANN): Promise<Record<string, string>> => {
      const { headers } = await call(one, 'POST', `/api/auth/${path}/email`, {}, person);
      // Only a session of some age is kept.
      await database.queries.update(schema.sessions).set({ createdAt: AN_HOUR_AGO });
      const cookies = headers.getSetCookie().map((each) => each.split(';')[0]);
      return { cookie: cookies.join('; ') };
    };
    const readTitle = async (server: ServerProcess): Promise<string> =>
      (await server.call('GET', `/api/v1/entities/${id}`)).body.entity.title;

    test('a session and a key that are kept are none at the other server once they are ended at one', async () => {
      const session = await signIn('sign-up');
      const made = await call(one, 'POST', '/api/v1/api-keys', session, { name: 'a script', scopes: ['read'] });
      const byKey = { authorization: `Bearer ${made.body.key}` };
      const ask = async () => [
        (await call(other, 'GET', '/api/v1/tags', byKey)).status,
        (await call(other, 'GET', '/api/v1/tags', session)).status,
      ];
      for (let time = 0; time < 3; time += 1) expect(await ask()).toEqual([200, 200]);
      expect(await redis.keys('synap:cache:session:*')).toHaveLength(1);
      expect(await redis.keys('synap:cache:api-key:*')).toHaveLength(1);
      await call(one, 'DELETE', `/api/v1/api-keys/${made.body.apiKey.id}`, session);
      await call(one, 'POST', '/api/auth/sign-out', session, {});
      expect(await ask()).toEqual([401, 401]);
    });

    test('all sessions end at once at both when their person ends them', async () => {
      const [here, there] = [await signIn('sign-in'), await signIn('sign-in')];
      const ask = async (session: object) => (await call(other, 'GET', '/api/v1/tags', session)).status;
      for (let time = 0; time < 2; time += 1) expect([await ask(here), await ask(there)]).toEqual([200, 200]);
      await call(one, 'POST', '/api/auth/revoke-other-sessions', here, {});
      expect([await ask(here), await ask(there)]).toEqual([200, 401]);
      signedIn = here;
    });

    test('what one writes the other reads at once, and nothing of it is to be read in Redis', async () => {
      const made = await one.call('POST', '/api/v1/notes', { content: 'A thought', title: 'Title 0' });
      id = made.body.entity.id;
      for (let version = 1; version <= 20; version += 1) {
        const title = `Title ${version}`;
        const [writer, reader] = version % 2 === 0 ? [one, other] : [other, one];
        await readTitle(reader);
        await writer.call('PATCH', `/api/v1/entities/${id}`, { title });
        expect([await readTitle(reader), await readTitle(writer)]).toEqual([title, title]);
      }
      // The log has it forgotten once more, soon after each write.
      const isKept = (keys: string[]): boolean => keys.length === 1;
      await eventually(async () => {
        await readTitle(one);
        return redis.keys(`synap:cache:user:*:entity:${id}`);
      }, isKept);
      for (const value of await redis.values()) expect(value).not.toMatch(/Title|thought|ann@example/);
    });

    test('an account that is erased leaves nothing in Redis, and is none at the other server', async () => {
      const session = await signIn('sign-up', BEN);
      const made = await call(one, 'POST', '/api/v1/notes', session, { content: 'A thought of Ben' });
      const path = `/api/v1/entities/${made.body.entity.id}`;
      for (let time = 0; time < 2; time += 1) expect((await call(other, 'GET', path, session)).status).toBe(200);
      const { body: receipt } = await call(one, 'DELETE', '/api/v1/account', session);
      expect(receipt.stores).toContainEqual({ store: 'cache', removed: expect.any(Number) });
      expect(await redis.keys(`synap:cache:user:${receipt.userId}:*`)).toEqual([]);
      expect((await call(other, 'GET', path, session)).status).toBe(401);
    });

    test('a repeat of a request is answered as it was, by either', async () => {
      const key = { 'idempotency-key': 'once' };
      const answers = [];
      for (const server of [one, other, one, other]) {
        answers.push((await server.call('POST', '/api/v1/notes', { content: 'Once' }, key)).body.entity.id);
      }
      expect(new Set(answers).size).toBe(1);
    });

    test('while Redis is down both go on and say so, once in the log; what one writes the other reads at once', async () => {
      await redis.kill();
      for (const server of [one, other]) {
        const readiness = await eventually(
          () => server.call('GET', '/health/ready'),
          ({ body }) => body.status === 'degraded',
        );
        expect(readiness.status).toBe(200);
        expect(readiness.body.dependencies.redis).toMatchObject({ status: 'degraded' });
        expect(readiness.body.dependencies.redis.detail).toContain('degraded');
      }
      for (let version = 1; version <= 10; version += 1) {
        const title = `Down ${version}`;
        const [writer, reader] = version % 2 === 0 ? [one, other] : [other, one];
        await writer.call('PATCH', `/api/v1/entities/${id}`, { title });
        expect([await readTitle(reader), await readTitle(writer)]).toEqual([title, title]);
      }
      expect((await call(other, 'GET', '/api/v1/tags', signedIn)).status).toBe(200);
      for (const server of [one, other]) expect(server.output().split('Redis does not answer')).toHaveLength(2);
    });

    test('when Redis is back, both say so, and what one writes the other reads at once', async () => {
      await redis.start();
      for (const server of [one, other]) {
        await eventually(
          () => server.call('GET', '/health/ready'),
          ({ body }) => body.status === 'ok',
        );
      }
      for (const [index, writer] of [one, other].entries()) {
        await writer.call('PATCH', `/api/v1/entities/${id}`, { title: `Back ${index}` });
        expect(await readTitle(one)).toBe(`Back ${index}`);
        expect(await readTitle(other)).toBe(`Back ${index}`);
      }
    });
  },
);
