import { Unavailable } from '@synap/domain';
import type { Hono } from 'hono';
import type { ServedRequest } from './app.ts';

/** Asks one thing that Synap relies on whether it works: gives a word or two about it, or throws. */
export type HealthCheck = () => Promise<string>;

interface DependencyHealth {
  status: 'ok' | 'failed';
  detail: string;
}

/** `/health/live`: the process answers. `/health/ready`: so does each thing that it relies on, by name. */
export function serveHealth(app: Hono<ServedRequest>, checks: Readonly<Record<string, HealthCheck>>): void {
  app.get('/health/live', (context) => context.json({ status: 'ok' }));
  app.get('/health/ready', async (context) => {
    const entries = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await checkDependency(name, check)] as const),
    );
    const isReady = entries.every(([, { status }]) => status === 'ok');
    const dependencies = Object.fromEntries(entries);
    return context.json({ status: isReady ? 'ok' : 'failed', dependencies }, isReady ? 200 : 503);
  });
}

async function checkDependency(name: string, check: HealthCheck): Promise<DependencyHealth> {
  try {
    return { status: 'ok', detail: await check() };
  } catch (error) {
    // Whoever asks has not signed in: the reason itself stays in the log, unless it was written for people.
    return { status: 'failed', detail: error instanceof Unavailable ? error.message : `${name} does not answer` };
  }
}
