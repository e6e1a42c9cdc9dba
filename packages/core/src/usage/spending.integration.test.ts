import { BudgetSpent } from '@synap/ai';
import type { UserId } from '@synap/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eraseAccount, findTracesOf } from '../account/erase-account.ts';
import { openTestStore, type TestStore } from '../testing/test-store.ts';
import { listUsage } from './list-usage.ts';
import { costOf, createSpendingMeter } from './spending-meter.ts';

let store: TestStore;
let now: Date;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store?.close());

const PRICES = { model: { input: 1000, output: 2000 } };
/** 10 × $0.001 + 5 × $0.002 */
const CALL = { model: 'a-provider/model', inputTokens: 10, outputTokens: 5 };
const DOLLARS_A_CALL = 0.02;

const open = (dailyBudgetDollars: number | null) =>
  createSpendingMeter({
    database: store.parts.database,
    clock: { now: () => now },
    dailyBudgetDollars,
    prices: PRICES,
  });
const usage = (userId: UserId, days = 30) => listUsage({ ...store.parts, clock: { now: () => now } }, userId, { days });

test('what is spent is counted by person, day and model, however many count at once', async () => {
  const [userId, other] = [await store.addUser(), await store.addUser()];
  const meter = open(null);
  now = new Date('2026-11-24T23:59:59Z');
  await Promise.all(Array.from({ length: 20 }, () => meter.record(userId, CALL)));
  await meter.record(userId, { ...CALL, model: 'a-provider/free-model' });
  now = new Date('2026-11-25T00:00:00Z');
  await meter.record(userId, CALL);
  expect(await usage(userId)).toEqual({
    items: [
      { day: '2026-11-25', model: CALL.model, calls: 1, inputTokens: 10, outputTokens: 5, audioSeconds: 0, cost: 0.02 },
      {
        day: '2026-11-24',
        model: CALL.model,
        calls: 20,
        inputTokens: 200,
        outputTokens: 100,
        audioSeconds: 0,
        cost: 0.4,
      },
      {
        ...{ day: '2026-11-24', model: 'a-provider/free-model', calls: 1, inputTokens: 10, outputTokens: 5 },
        ...{ audioSeconds: 0, cost: null },
      },
    ],
    total: 0.42,
    today: 0.02,
    dailyBudget: null,
  });
  expect((await usage(userId, 1)).items).toHaveLength(1);
  expect((await usage(other)).items).toEqual([]);
});

test('a budget ends the spending of one person for one day', async () => {
  const [userId, other] = [await store.addUser(), await store.addUser()];
  const meter = open(3 * DOLLARS_A_CALL);
  now = new Date('2026-11-24T12:00:00Z');
  for (let call = 0; call < 3; call += 1) {
    await meter.admit(userId);
    await meter.record(userId, CALL);
  }
  await expect(meter.admit(userId)).rejects.toThrow(BudgetSpent);
  await meter.admit(other);
  now = new Date('2026-11-25T00:00:00Z');
  await meter.admit(userId);
});

test('nothing is left of it with an account that is erased, and nothing comes after', async () => {
  const userId = await store.addUser();
  const meter = open(null);
  await meter.record(userId, CALL);
  const { stores } = await eraseAccount(store.parts, store.request(userId));
  expect(stores).toContainEqual({ store: 'model_usage', removed: 1 });
  await meter.record(userId, CALL);
  expect(await findTracesOf(store.parts, userId)).toEqual([]);
});

test('sound costs by the minute, and no call costs less than it does', () => {
  expect(
    costOf({ inputTokens: 0, outputTokens: 0, audioSeconds: 90 }, { input: 0, output: 0, audioMinute: 0.006 }),
  ).toBe(9_000_000);
  expect(costOf({ inputTokens: 1, outputTokens: 0 }, { input: 0.0001, output: 0 })).toBe(1);
});
