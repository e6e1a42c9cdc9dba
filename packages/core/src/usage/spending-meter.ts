import { BudgetSpent, type ModelPrice, type ModelUsage, priceOf, type SpendingMeter } from '@synap/ai';
import { addModelUsage, type Database, readSpentOn } from '@synap/database';
import type { Clock } from '@synap/domain';

const NANODOLLARS = 1_000_000_000;
const PER_TOKENS = 1_000_000;

export interface SpendingMeterOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** What each user may spend on a day (of UTC), in dollars; `null` for as much as they like. */
  readonly dailyBudgetDollars: number | null;
  /** Prices that go before the public ones, by the model's name at its provider. */
  readonly prices: Readonly<Record<string, ModelPrice>>;
}

/**
 * Counts what each user spends at providers, in a table that all servers share. A call is let through as long as anything
 * is left; those under way when the last of it goes still end, so a day costs a little more than its budget at the most.
 */
export function createSpendingMeter({
  database,
  clock,
  dailyBudgetDollars,
  prices,
}: SpendingMeterOptions): SpendingMeter {
  return {
    admit: async (userId) => {
      if (dailyBudgetDollars === null) return;
      const spent = await readSpentOn(database.queries, userId, dayOf(clock.now()));
      if (spent >= dailyBudgetDollars * NANODOLLARS) throw new BudgetSpent(dailyBudgetDollars);
    },
    record: async (userId, usage) => {
      const price = priceOf(nameAtProvider(usage.model), prices);
      await addModelUsage(database.queries, {
        userId,
        day: dayOf(clock.now()),
        model: usage.model,
        calls: 1,
        inputTokens: usage.inputTokens,
        outputTokens: usage.outputTokens,
        audioMilliseconds: Math.round((usage.audioSeconds ?? 0) * 1000),
        costNanodollars: price === null ? 0 : costOf(usage, price),
        unpricedCalls: price === null ? 1 : 0,
      });
    },
  };
}

/** In billionths of a dollar, upwards: what is counted is never less than what is paid. */
export function costOf(
  { inputTokens, outputTokens, audioSeconds = 0 }: Omit<ModelUsage, 'model'>,
  { input, output, audioMinute = 0 }: ModelPrice,
): number {
  const tokens = (inputTokens * input + outputTokens * output) / PER_TOKENS;
  const exact = (tokens + (audioSeconds / 60) * audioMinute) * NANODOLLARS;
  // Without what is only the error of the arithmetic.
  return Math.ceil(Number(exact.toFixed(3)));
}

/** The day of UTC. */
export function dayOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}

/** `openai/gpt-5-mini` → `gpt-5-mini`; a name may hold slashes of its own. */
function nameAtProvider(model: string): string {
  return model.slice(model.indexOf('/') + 1);
}
