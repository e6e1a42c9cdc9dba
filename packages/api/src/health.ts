import { Unavailable } from '@synap/domain';
import type { Hono } from 'hono';
import type { ServedRequest } from './app.ts';

/** What works without something, only not as well. */
export interface Degraded {
  /** In words. */
  readonly degraded: string;
}

/** Asks one thing that Synap relies on whether it works: gives a word or two about it, or throws. */
export type HealthCheck = () => Promise<string | Degraded>;

type HealthStatus = 'ok' | 'degraded' | 'failed';

interface DependencyHealth {
  status: HealthStatus;
  detail: string;
}

/**
 * `/health/live`: the process answers. `/health/ready`: so does each thing that it relies on, by name; it is ready, too,
 * where something is missing that it can do without.
 */
export function serveHealth(app: Hono<ServedRequest>, checks: Readonly<Record<string, HealthCheck>>): void {
  app.get('/health/live', (context) => context.json({ status: 'ok' }));
  app.get('/health/ready', async (context) => {
    const entries = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await checkDependency(name, check)] as const),
    );
    const found = new Set(entries.map(([, { status }]) => status));
    const status = WORST_FIRST.find((each) => found.has(each)) ?? 'ok';
    const dependencies = Object.fromEntries(entries);
    return context.json({ status, dependencies }, status === 'failed' ? 503 : 200);
  });
}

const WORST_FIRST: readonly HealthStatus[] = ['failed', 'degraded'];

async function checkDependency(name: string, check: HealthCheck): Promise<DependencyHealth> {
  try {
    const found = await check();
    if (typeof found === 'string') return { status: 'ok', detail: found };
    return { status: 'degraded', detail: found.degraded };
  } catch (error) {
    // Whoever asks has not signed in: the reason itself stays in the log, unless it was written for people.
    return { status: 'failed', detail: error instanceof Unavailable ? error.message : `${name} does not answer` };
  }
}
