import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type AttemptOutcome,
  decideAttempt,
  FAILURES_UNTIL_HELD,
  PAUSED_AFTER_MS,
  PROBE_INTERVAL_MS,
  RETRY_DELAYS_MS,
  retryDelayMs,
  type WebhookHealth,
} from './decide-attempt.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const NOW = new Date('2026-11-27T12:00:00Z');
const WELL: WebhookHealth = { consecutiveFailures: 0, failingSince: null, heldUntil: null };
const answer = (status: number | null, retryAfterMs: number | null = null): AttemptOutcome => ({
  status,
  retryAfterMs,
});

const anyOutcome = fc.record({
  status: fc.option(fc.integer({ min: 100, max: 599 }), { nil: null }),
  retryAfterMs: fc.option(fc.nat(3 * DAY_MS), { nil: null }),
});

test('a delivery that never succeeds is tried eight times over about a day, with growing waits, and is dead then', () => {
  fc.assert(
    fc.property(fc.uuid(), (messageId) => {
      let now = NOW;
      const waits: number[] = [];
      for (let failures = 0; ; failures += 1) {
        const decided = decideAttempt(answer(500), { messageId, failures, health: WELL, now });
        expect(decided.failures).toBe(failures + 1);
        if (decided.nextAttemptAt === null) {
          expect(decided.status).toBe('dead');
          break;
        }
        expect(decided.status).toBe('waiting');
        waits.push(decided.nextAttemptAt.getTime() - now.getTime());
        now = decided.nextAttemptAt;
      }
      expect(waits).toHaveLength(RETRY_DELAYS_MS.length);
      for (const [index, wait] of waits.entries()) {
        const planned = RETRY_DELAYS_MS[index] ?? 0;
        expect(Math.abs(wait - planned)).toBeLessThanOrEqual(planned * 0.1 + 1);
      }
      const total = now.getTime() - NOW.getTime();
      expect(total).toBeGreaterThan(0.85 * DAY_MS);
      expect(total).toBeLessThan(1.15 * DAY_MS);
    }),
  );
});

test('the same delivery always waits as long, and two seldom the same', () => {
  const waits = Array.from({ length: 200 }, (_, index) => retryDelayMs(`message-${index}`, 2));
  expect(waits).toEqual(Array.from({ length: 200 }, (_, index) => retryDelayMs(`message-${index}`, 2)));
  expect(new Set(waits).size).toBeGreaterThan(150);
});

test('only a status of success is one, and it forgets every failure', () => {
  const failing = { consecutiveFailures: 40, failingSince: new Date(0), heldUntil: NOW };
  fc.assert(
    fc.property(anyOutcome, fc.nat(20), (outcome, failures) => {
      const decided = decideAttempt(outcome, { messageId: 'm', failures, health: failing, now: NOW });
      const isTaken = outcome.status !== null && outcome.status >= 200 && outcome.status <= 299;
      expect(decided.status === 'delivered').toBe(isTaken);
      if (isTaken) expect(decided).toMatchObject({ health: WELL, pause: null, nextAttemptAt: null });
    }),
  );
});

test('a receiver that asks to be left alone is, for a day at the most; of other statuses it is not heard', () => {
  const decide = (outcome: AttemptOutcome) =>
    decideAttempt(outcome, { messageId: 'm', failures: 0, health: WELL, now: NOW });
  for (const status of [429, 503]) {
    const decided = decide(answer(status, 3_600_000));
    expect(decided.nextAttemptAt).toEqual(new Date(NOW.getTime() + 3_600_000));
    expect(decided.health.heldUntil).toEqual(new Date(NOW.getTime() + 3_600_000));
    expect(decide(answer(status, 30 * DAY_MS)).nextAttemptAt).toEqual(new Date(NOW.getTime() + DAY_MS));
    // Sooner than planned it is not tried again.
    expect(decide(answer(status, 1)).nextAttemptAt?.getTime()).toBeGreaterThan(NOW.getTime() + 4000);
  }
  expect(decide(answer(500, 3_600_000)).nextAttemptAt?.getTime()).toBeLessThan(NOW.getTime() + 6000);
});

test('a receiver that keeps failing is held back, and probed', () => {
  let health = WELL;
  for (let attempt = 1; attempt <= FAILURES_UNTIL_HELD + 3; attempt += 1) {
    ({ health } = decideAttempt(answer(null), { messageId: `m${attempt}`, failures: 0, health, now: NOW }));
    const isHeld = attempt >= FAILURES_UNTIL_HELD;
    expect(health.heldUntil).toEqual(isHeld ? new Date(NOW.getTime() + PROBE_INTERVAL_MS) : null);
  }
});

test('a receiver that is gone, or has taken nothing for a week, is paused; one success a week keeps it', () => {
  const attemptAt = (now: number, health: WebhookHealth, status = 500) =>
    decideAttempt(answer(status), { messageId: 'm', failures: 0, health, now: new Date(now) });
  expect(attemptAt(0, WELL, 410)).toMatchObject({ status: 'dead', pause: 'gone', nextAttemptAt: null });
  fc.assert(
    fc.property(fc.array(fc.nat(2 * DAY_MS), { minLength: 1, maxLength: 20 }), (gaps) => {
      let [now, health] = [NOW.getTime(), attemptAt(NOW.getTime(), WELL).health];
      for (const gap of gaps) {
        now += gap;
        const decided = attemptAt(now, health);
        expect(decided.pause).toBe(now - NOW.getTime() >= PAUSED_AFTER_MS ? 'failing' : null);
        health = decided.health;
      }
      expect(attemptAt(now, health, 204)).toMatchObject({ health: WELL, pause: null });
    }),
  );
});
