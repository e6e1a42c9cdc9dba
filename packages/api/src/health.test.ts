import { Unavailable } from '@synap/domain';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import type { ServedRequest } from './app.ts';
import { type HealthCheck, serveHealth } from './health.ts';

async function askReadiness(checks: Record<string, HealthCheck>) {
  const app = new Hono<ServedRequest>();
  serveHealth(app, checks);
  const response = await app.request('/health/ready');
  return { status: response.status, body: await response.json() };
}

const works = async () => 'works';
const isSlower = async () => ({ degraded: 'does not answer; it goes on without' });

test('who can do without something is ready, and says what is missing', async () => {
  expect(await askReadiness({ database: works, redis: isSlower })).toEqual({
    status: 200,
    body: {
      status: 'degraded',
      dependencies: {
        database: { status: 'ok', detail: 'works' },
        redis: { status: 'degraded', detail: 'does not answer; it goes on without' },
      },
    },
  });
});

test('who cannot is not ready, and tells strangers only what was written for people', async () => {
  const fails = async () => {
    throw new Error('password "secret" of user postgres');
  };
  const isUnavailable = async () => {
    throw new Unavailable('storage', 'The bucket is not there.');
  };
  const { status, body } = await askReadiness({ database: fails, storage: isUnavailable, redis: isSlower });
  expect([status, body]).toMatchObject([
    503,
    {
      status: 'failed',
      dependencies: {
        database: { detail: 'database does not answer' },
        storage: { detail: 'The bucket is not there.' },
      },
    },
  ]);
});
