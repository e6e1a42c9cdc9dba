import { listModelUsage } from '@synap/database';
import type { UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';
import { dayOf } from './spending-meter.ts';

/** What one model took on one day (of UTC). */
export interface UsageView {
  day: string;
  model: string;
  calls: number;
  inputTokens: number;
  outputTokens: number;
  audioSeconds: number;
  /** In dollars, at the prices of then; `null` where the model has none that is known. */
  cost: number | null;
}

export interface Usage {
  items: UsageView[];
  /** In dollars: all of these days, today, and what a day may cost (`null` for as much as it does). */
  total: number;
  today: number;
  dailyBudget: number | null;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const NANODOLLARS = 1_000_000_000;

/** What this user has spent at providers in the last days, today among them; the newest first. */
export async function listUsage(
  { database, clock, limits }: Parts,
  userId: UserId,
  { days }: { days: number },
): Promise<Usage> {
  const now = clock.now();
  const since = dayOf(new Date(now.getTime() - (days - 1) * DAY_MS));
  const rows = await listModelUsage(database.queries, userId, { since });
  const dollars = (which: typeof rows): number =>
    which.reduce((sum, { costNanodollars }) => sum + costNanodollars, 0) / NANODOLLARS;
  return {
    items: rows.map(({ userId: _, audioMilliseconds, costNanodollars, unpricedCalls, ...row }) => ({
      ...row,
      audioSeconds: audioMilliseconds / 1000,
      cost: unpricedCalls === row.calls ? null : costNanodollars / NANODOLLARS,
    })),
    total: dollars(rows),
    today: dollars(rows.filter(({ day }) => day === dayOf(now))),
    dailyBudget: limits.dailyBudgetDollars,
  };
}
