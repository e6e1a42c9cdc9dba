import { Unprocessable, UserId } from '@synap/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../connection/database.ts';
import { appendPrepared, openEventLog } from '../event-log/event-log.ts';
import { IdempotencyKeyTaken } from '../event-log/write-failure.ts';
import { testDatabases } from '../testing/test-databases.ts';
import { newId } from '../testing/write-entity.ts';
import { deleteAnswersBefore, findAnswer, type RepeatableRequest } from './idempotency.ts';

for (const kind of testDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`idempotency keys ${kind.name}`, () => {
    let database: Database;
    beforeAll(async () => {
      database = await kind.open();
      await openEventLog(database);
    });
    afterAll(() => database.close());

    const aRequest = (): RepeatableRequest => ({ userId: UserId.parse(newId()), key: newId(), requestHash: 'a' });

    const keep = (request: RepeatableRequest, answer: unknown, createdAt = new Date()) =>
      appendPrepared(database.queries, { prepared: [], answers: [{ ...request, answer, createdAt }] });

    test.each([[{ b: [1, null, '🦊'], a: 1 }], ['text'], [0], [false], [null]])(
      'the answer %j is given again as it was',
      async (answer) => {
        const request = aRequest();
        expect(await findAnswer(database.queries, request)).toBeNull();
        await keep(request, answer);
        await expect(keep(request, 'another')).rejects.toBeInstanceOf(IdempotencyKeyTaken);
        expect(await findAnswer(database.queries, request)).toEqual({ answer });
      },
    );

    test('a key that was used for another request is refused, and the first answer stays', async () => {
      const request = aRequest();
      await keep(request, 'first');
      await expect(findAnswer(database.queries, { ...request, requestHash: 'b' })).rejects.toBeInstanceOf(
        Unprocessable,
      );
      await expect(keep({ ...request, requestHash: 'b' }, 'second')).rejects.toBeInstanceOf(IdempotencyKeyTaken);
      expect(await findAnswer(database.queries, request)).toEqual({ answer: 'first' });
    });

    test('the same key of another user is another key', async () => {
      const request = aRequest();
      const theirs = { ...request, userId: UserId.parse(newId()), requestHash: 'b' };
      await keep(request, 'mine');
      await keep(theirs, 'theirs');
      expect(await findAnswer(database.queries, request)).toEqual({ answer: 'mine' });
      expect(await findAnswer(database.queries, theirs)).toEqual({ answer: 'theirs' });
    });

    test('of requests with one key at once one is kept, and the others are told that it is taken', async () => {
      const request = aRequest();
      const kept = await Promise.allSettled([keep(request, 1), keep(request, 2), keep(request, 3)]);
      const refusals = kept.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
      expect(refusals).toHaveLength(2);
      for (const refusal of refusals) expect(refusal).toBeInstanceOf(IdempotencyKeyTaken);
    });

    test('a request that failed can be repeated: its key went with it', async () => {
      const request = aRequest();
      const failing = database.queries.transaction(async (transaction) => {
        await appendPrepared(transaction, {
          prepared: [],
          answers: [{ ...request, answer: 1, createdAt: new Date() }],
        });
        throw new Error('failed on purpose');
      });
      await expect(failing).rejects.toThrow('failed on purpose');
      await keep(request, 'repeated');
      expect(await findAnswer(database.queries, request)).toEqual({ answer: 'repeated' });
    });

    test('answers are forgotten when their time is over, not before', async () => {
      const request = aRequest();
      await keep(request, 'kept', new Date('2026-11-01T00:00:00Z'));
      await deleteAnswersBefore(database.queries, new Date('2026-11-01T00:00:00Z'));
      expect(await findAnswer(database.queries, request)).toEqual({ answer: 'kept' });
      await deleteAnswersBefore(database.queries, new Date('2026-11-01T00:00:01Z'));
      expect(await findAnswer(database.queries, request)).toBeNull();
    });
  });
}
