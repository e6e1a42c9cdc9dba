import { type Database, selectRows } from '@synap/database';
import type { UserId } from '@synap/domain';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fuse } from '../fuse.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { CandidateQuery, SearchIndex } from '../search-index.ts';
import { indexThing, newUser, revisionOf, TEST_MODEL, type Thing } from './index-thing.ts';

const NOW = new Date('2026-11-24T10:00:00Z');

/** An index to be tested, on a database of its own. */
export interface TestIndex {
  readonly database: Database;
  readonly index: SearchIndex;
  close(): Promise<void>;
}

/** What holds of every index, wherever it keeps its vectors. */
export function describeIndex(kind: { name: string; isAvailable: boolean; open: () => Promise<TestIndex> }): void {
  describe.skipIf(!kind.isAvailable)(`the index ${kind.name}`, () => {
    let database: Database;
    let index: SearchIndex;
    let close: () => Promise<void>;
    beforeAll(async () => {
      ({ database, index, close } = await kind.open());
    });
    afterAll(() => close());

    const add = (userId: UserId, thing: Thing) => indexThing({ database, index }, userId, thing);
    /** The titles of what a query finds by words, best first. */
    const find = async (userId: UserId, text: string, query: Partial<CandidateQuery> = {}) => {
      const asked = { model: TEST_MODEL, embedding: null, useWords: true, limit: 50, ...query };
      const { words, chunks } = await index.candidates({ ...parseQuery(text, { now: NOW }), ...asked, userId });
      const rows = await selectRows<{ id: string; title: string }>(
        database.queries,
        sql`select id, title from entities where user_id = ${userId}`,
      );
      const titles = new Map(rows.map(({ id, title }) => [id, title]));
      return fuse(chunks, words).map(({ chunk }) => titles.get(chunk.entityId));
    };

    describe('words', () => {
      let user: UserId;
      beforeAll(async () => {
        user = await newUser(database);
        const things: Thing[] = [
          { title: 'English', text: 'We talked about the gardens and that the beans were planted in the morning.' },
          { title: 'German', text: 'Die Häuser in der Straße sind alt, und der Bäcker ist nicht mehr da.' },
          {
            title: 'French',
            text: 'Nous avons mangé des pommes dans le jardin avec les enfants, et il y a du soleil.',
          },
          { title: 'Russian', text: 'Мы читали книги в библиотеке и говорили о домах.' },
          { title: 'Chinese', text: '我们在图书馆讨论了季度预算和旅行计划。' },
          { title: 'Japanese', text: '来週の東京出張の予算について話し合いました。ｶﾞｲﾄﾞも読んだ。' },
          { title: 'Korean', text: '도서관에서 여행 계획을 이야기했습니다.' },
          { title: 'Thai', text: 'เราคุยกันเรื่องแผนการเดินทางไปเชียงใหม่' },
          { title: 'Kubernetes cluster', text: 'nodes and pods' },
          { title: 'Accommodation in Lisbon', text: 'a flat near the river, well lit' },
          { title: 'Tagged', text: 'nothing to see', tags: ['bookkeeping'] },
          { title: 'Olive oil', text: 'the best olive oil of the year, not oil of olive trees' },
          { title: 'Oil paint', text: 'olive green as an oil paint' },
        ];
        for (const thing of things) await add(user, thing);
      });

      test.each([
        ['a plural by its singular', 'garden', 'English'],
        ['German by another form', 'Haus', 'German'],
        ['French by another form', 'pomme', 'French'],
        ['Russian by another form', 'книга', 'Russian'],
        ['Chinese in the middle of a sentence', '预算', 'Chinese'],
        ['a longer piece of Chinese', '旅行计划', 'Chinese'],
        ['one Chinese character', '馆', 'Chinese'],
        ['Japanese', '東京出張', 'Japanese'],
        ['Japanese in full width', 'ガイド', 'Japanese'],
        ['Korean with its ending left out', '도서관', 'Korean'],
        ['Thai', 'เชียงใหม่', 'Thai'],
        ['a title with a letter missing', 'kubernets', 'Kubernetes cluster'],
        ['a title with letters that changed places', 'kuberentes', 'Kubernetes cluster'],
        ['a title with two mistakes in a long word', 'acomodation', 'Accommodation in Lisbon'],
        ['a title while it is typed', 'Accomm', 'Accommodation in Lisbon'],
        ['a word while it is typed', 'near the riv', 'Accommodation in Lisbon'],
        ['a beginning with a star', 'kube* pods', 'Kubernetes cluster'],
        ['a tag', 'bookkeeping', 'Tagged'],
        ['a tag with a mistake', 'bokkeeping', 'Tagged'],
      ])('find %s', async (_, query, title) => {
        expect((await find(user, query))[0]).toBe(title);
      });

      test('a phrase is found in its order only', async () => {
        expect(await find(user, '"olive oil"')).toEqual(['Olive oil']);
        expect(await find(user, '"季度预算"')).toEqual(['Chinese']);
        expect(await find(user, '"计划预算"')).toEqual([]);
      });

      test('what has a word behind a minus is not found, wherever the word stands', async () => {
        expect(await find(user, 'olive -paint')).toEqual(['Olive oil']);
        expect(await find(user, 'olive -"best olive"')).toEqual(['Oil paint']);
        expect(await find(user, '预算 -东京 -東京')).toEqual(['Chinese']);
      });

      test('in:title leaves out what has the words elsewhere', async () => {
        expect(await find(user, 'in:title oil')).toHaveLength(2);
        expect(await find(user, 'in:title nodes')).toEqual([]);
      });

      test('little words find nothing of their own', async () => {
        expect(await find(user, 'what is the kubernetes')).toEqual(['Kubernetes cluster']);
      });

      test('any text can be asked for', async () => {
        const text = fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string({ unit: fc.constantFrom(...`'"\\&|!<->():*\0-%_ 馆`) }),
        );
        await fc.assert(
          fc.asyncProperty(text, async (words) => {
            const asked = { userId: user, model: TEST_MODEL, text: words, useWords: true, filter: {}, limit: 5 };
            const lists = { phrases: [words], excluded: [words] };
            for (const more of [{}, lists]) {
              const { chunks } = await index.candidates({ ...asked, ...more, embedding: Float32Array.of(1, 0, 0) });
              expect(chunks.length).toBeLessThanOrEqual(15);
            }
          }),
          { numRuns: 60 },
        );
      });
    });

    describe('words in several languages', () => {
      let user: UserId;
      beforeAll(async () => {
        user = await newUser(database);
        const things: Thing[] = [
          { title: 'Train', text: 'We got to the hut at Finse by train and it was cold in the morning.' },
          { title: 'Dolce', text: 'Il cacao si mette alla fine, e il dolce non deve più stare nel forno.' },
          { title: 'Leaf', text: 'The enzyme of the leaf is RuBisCO and that is how it can fix the gas.' },
          { title: 'Jelly', text: 'We rub the fuzz off and then it is boiled with the peel.' },
          { title: 'Obras', text: 'O Joaquim não tem os azulejos da cozinha, mas até sexta já está tudo.' },
          { title: 'Colours', text: 'The kitchen is painted and the hall has been done by us.' },
          { title: 'Fuite', text: "Le plombier est passé jeudi, et c'est pour le joint qui était usé." },
          { title: 'Network', text: 'The guests are on Heron-Guest and not in the other one.' },
          { title: 'Birds', text: 'The heron was there when a guest came to see it.' },
        ];
        for (const thing of things) await add(user, thing);
      });
      const candidate = async (text: string, title: string) => {
        const asked = { model: TEST_MODEL, embedding: Float32Array.of(1, 0, 0), useWords: true, limit: 50 };
        const found = await index.candidates({ ...parseQuery(text, { now: NOW }), ...asked, userId: user });
        const [row] = await selectRows<{ id: string }>(
          database.queries,
          sql`select id from entities where user_id = ${user} and title = ${title}`,
        );
        return { words: found.words, chunk: found.chunks.find(({ entityId }) => entityId === row?.id) };
      };

      test('a name is not what another language makes of it', async () => {
        expect(await find(user, 'Finse')).toEqual(['Train']);
        expect(await find(user, 'RuBisCO')).toEqual(['Leaf']);
      });

      test('another form of a word counts as such where the word itself stands elsewhere', async () => {
        await add(user, { title: 'Trains', text: 'There are trains and they are on time.' });
        const [plural, singular] = [await candidate('trains', 'Trains'), await candidate('trains', 'Train')];
        expect(plural.chunk).toMatchObject({ matchedWords: ['trains'], inflectedWords: [] });
        expect(singular.chunk).toMatchObject({ matchedWords: ['trains'], inflectedWords: ['trains'] });
      });

      test('what shares a name with a query of another language is not expected to share its other words', async () => {
        const { chunk } = await candidate('the kitchen tiles that we have from Joaquim', 'Obras');
        expect(chunk?.matchedWords).toEqual(['joaquim']);
        expect([...(chunk?.foreignWords ?? [])].sort()).toEqual(['kitchen', 'tiles']);
        expect((await candidate('the kitchen tiles that we have from Joaquim', 'Colours')).chunk?.foreignWords).toEqual(
          [],
        );
      });

      test('a word that stands in a title alone is known', async () => {
        const { words } = await candidate('la réparation de la fuite pour nous', 'Fuite');
        expect(words.filter(({ isKnown }) => isKnown).map(({ word }) => word)).toEqual(['fuite']);
      });

      test('a little word of one language is not rare for being indexed in another', async () => {
        const { words } = await candidate('combien a coûté le plombier pour nous', 'Fuite');
        const rarity = (wanted: string) => words.find(({ word }) => word === wanted)?.rarity ?? 0;
        expect(rarity('a')).toBeLessThan(rarity('plombier') / 2);
      });

      test('a word with a hyphen is itself first, and its parts after that', async () => {
        expect(await find(user, 'Heron-Guest')).toEqual(['Network', 'Birds']);
      });
    });

    describe('fields', () => {
      let user: UserId;
      beforeAll(async () => {
        user = await newUser(database);
        const things: Thing[] = [
          { title: 'Milk', type: 'task', tags: ['home'], due: '2026-11-30', createdAt: '2026-11-01T00:00:00Z' },
          { title: 'Report', type: 'task', tags: ['work'], due: '2027-01-15', createdAt: '2026-11-02T00:00:00Z' },
          { title: 'Taxes', type: 'task', tags: ['home'], status: 'done', createdAt: '2026-11-03T00:00:00Z' },
          { title: 'Essay', tags: ['home', 'work'], createdAt: '2025-06-01T00:00:00Z' },
          { title: 'Gone', isDeleted: true, createdAt: '2026-10-01T00:00:00Z' },
        ];
        for (const thing of things) await add(user, thing);
      });

      test.each([
        ['type:task', ['Milk', 'Report', 'Taxes']],
        ['tag:home', ['Essay', 'Milk', 'Taxes']],
        ['tag:home tag:work', ['Essay']],
        ['tag:home -tag:work', ['Milk', 'Taxes']],
        ['is:open', ['Milk', 'Report']],
        ['is:done', ['Taxes']],
        ['is:deleted', ['Gone']],
        ['due:<2026-12-01', ['Milk']],
        ['due:2027', ['Report']],
        ['created:2025', ['Essay']],
        ['created:>=2026-11-02', ['Report', 'Taxes']],
        ['type:task is:open tag:work due:2027-01', ['Report']],
        ['milk type:note', []],
      ])('%s', async (query, titles) => {
        expect((await find(user, query)).sort()).toEqual(titles);
      });
    });

    test('nobody finds what belongs to somebody else, whatever they ask for', async () => {
      const [mine, theirs] = [await newUser(database), await newUser(database)];
      const secret = { title: 'Secret plan', text: 'the hidden treasure', tags: ['secret'], embedding: [0, 1, 0] };
      await add(theirs, secret);
      const own = await add(mine, { title: 'Mine', text: 'a plan' });
      const embedding = Float32Array.of(0, 1, 0);
      for (const text of [
        'secret plan',
        'treasure',
        'tresure',
        'sec',
        '"hidden treasure"',
        'tag:secret',
        'plan -mine',
        '',
      ]) {
        for (const vector of [null, embedding]) {
          const asked = { userId: mine, model: TEST_MODEL, useWords: true, limit: 50, embedding: vector };
          const { chunks } = await index.candidates({ ...parseQuery(text, { now: NOW }), ...asked });
          expect(chunks.every(({ entityId }) => entityId === own)).toBe(true);
        }
      }
    });

    test('an older version never replaces a newer one, and a repeat changes nothing', async () => {
      const userId = await newUser(database);
      const entityId = await add(userId, { title: 'Draft', text: 'first' });
      expect(await index.replace(revisionOf({ userId, entityId, version: 3, text: 'third' }))).toBe(true);
      expect(await index.replace(revisionOf({ userId, entityId, version: 2, text: 'second' }))).toBe(false);
      expect(await index.replace(revisionOf({ userId, entityId, version: 3, text: 'third' }))).toBe(true);
      expect(await find(userId, 'third')).toEqual(['Draft']);
      expect(await find(userId, 'first')).toEqual([]);
      expect(await index.indexedVersion({ userId, entityId, model: TEST_MODEL })).toBe(3);
    });
  });
}
