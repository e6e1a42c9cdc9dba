import { Unprocessable, UserId } from '@synap/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../connection/database.ts';
import { testDatabases } from '../testing/test-databases.ts';
import { newId } from '../testing/write-entity.ts';
import { claimKey, findAnswer, type RepeatableRequest, saveAnswer } from './idempotency.ts';

for (const kind of testDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`idempotency keys ${kind.name}`, () => {
    let database: Database;
    beforeAll(async () => {
      database = await kind.open();
    });
    afterAll(() => database.close());

    const aRequest = (): RepeatableRequest => ({ userId: UserId.parse(newId()), key: newId(), requestHash: 'a' });

    /** Claims and answers, or finds; `work` happens while the key is claimed. */
    const carryOut = (request: RepeatableRequest, answer: unknown, work = async () => {}) =>
      database.queries.transaction(async (transaction) => {
        if (!(await claimKey(transaction, request, new Date()))) return findAnswer(transaction, request);
        await work();
        await saveAnswer(transaction, request, answer);
        return { answer };
      });

    test.each([[{ a: [1, null, '🦊'] }], ['text'], [0], [false], [null]])(
      'the answer %j is given again as it was',
      async (answer) => {
        const request = aRequest();
        expect(await findAnswer(database.queries, request)).toBeNull();
        expect(await carryOut(request, answer)).toEqual({ answer });
        expect(await carryOut(request, 'another')).toEqual({ answer });
        expect(await findAnswer(database.queries, request)).toEqual({ answer });
      },
    );

    test('a key that was used for another request is refused, and the first answer stays', async () => {
      const request = aRequest();
      await carryOut(request, 'first');
      await expect(carryOut({ ...request, requestHash: 'b' }, 'second')).rejects.toBeInstanceOf(Unprocessable);
      expect(await findAnswer(database.queries, request)).toEqual({ answer: 'first' });
    });

    test('the same key of another user is another key', async () => {
      const request = aRequest();
      const theirs = { ...request, userId: UserId.parse(newId()), requestHash: 'b' };
      await carryOut(request, 'mine');
      expect(await carryOut(theirs, 'theirs')).toEqual({ answer: 'theirs' });
      expect(await findAnswer(database.queries, request)).toEqual({ answer: 'mine' });
      expect(await findAnswer(database.queries, theirs)).toEqual({ answer: 'theirs' });
    });

    test('a request that failed can be repeated: its key went with it', async () => {
      const request = aRequest();
      const failing = carryOut(request, 'never', () => Promise.reject(new Error('failed on purpose')));
      const repeated = carryOut(request, 'repeated');
      await expect(failing).rejects.toThrow('failed on purpose');
      expect(await repeated).toEqual({ answer: 'repeated' });
    });
  });
}
