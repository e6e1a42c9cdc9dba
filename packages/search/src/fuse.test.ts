import { EntityId } from '@synap/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuse } from './fuse.ts';
import { type QueryWord, toQueryWord } from './query-word.ts';
import type { ChunkCandidate } from './search-index.ts';

const entity = (number: number): EntityId =>
  EntityId.parse(`01890a5d-ac96-774b-bcce-${number.toString(16).padStart(12, '0')}`);
const [A, B] = [entity(1), entity(2)];

function aChunk(chunk: Partial<ChunkCandidate> = {}): ChunkCandidate {
  return {
    entityId: A,
    chunkIndex: 0,
    checksum: 'c',
    start: 0,
    end: 10,
    similarity: 0.4,
    matchedWords: [],
    titleMatchedWords: [],
    inflectedWords: [],
    foreignWords: [],
    ...chunk,
  };
}

const CHUNKS = 600;
const words: QueryWord[] = [
  toQueryWord('syncth', { uses: 1, chunks: CHUNKS }),
  toQueryWord('phone', { uses: 80, chunks: CHUNKS }),
  toQueryWord('use', { uses: 360, chunks: CHUNKS }),
];
const first = (chunks: readonly ChunkCandidate[]) => fuse(chunks, words)[0]?.chunk.entityId;

describe('a fused ranking', () => {
  it('lets common words in a chunk never outrank a closer meaning', () => {
    const [closer, wordy] = [aChunk({ similarity: 0.45 }), aChunk({ entityId: B, matchedWords: ['use', 'phone'] })];
    expect(first([wordy, closer])).toBe(A);
  });

  it('lets the rare words of the query outrank a meaning that is only somewhat closer', () => {
    const [closer, exact] = [aChunk({ similarity: 0.5 }), aChunk({ entityId: B, matchedWords: ['syncth'] })];
    expect(first([closer, exact])).toBe(B);
  });

  it('lets a title decide between equals', () => {
    const titled = aChunk({ entityId: B, matchedWords: ['syncth'], titleMatchedWords: ['syncth'] });
    expect(first([aChunk({ matchedWords: ['syncth'] }), titled])).toBe(B);
  });

  it('lets common words add little, even all of a question', () => {
    const common = [
      toQueryWord('phone', { uses: 80, chunks: CHUNKS }),
      toQueryWord('use', { uses: 360, chunks: CHUNKS }),
    ];
    const [closer, wordy] = [aChunk({ similarity: 0.6 }), aChunk({ entityId: B, matchedWords: ['use', 'phone'] })];
    expect(fuse([wordy, closer], common)[0]?.chunk.entityId).toBe(A);
  });

  it('lets the one word that is known outrank a likeness of letters, in a language that the model does not read', () => {
    const query = [
      toQueryWord('kadıköy', { uses: 1, chunks: CHUNKS }),
      toQueryWord('vapuru', { uses: 0, chunks: CHUNKS }),
    ];
    const [alike, meant] = [aChunk({ similarity: 0.6 }), aChunk({ entityId: B, matchedWords: ['kadıköy'] })];
    expect(fuse([alike, meant], query, { text: 'Kadıköy vapuru' })[0]?.chunk.entityId).toBe(B);
  });

  it('lets the word itself outrank another form of it', () => {
    const [other, itself] = [
      aChunk({ matchedWords: ['syncth'], inflectedWords: ['syncth'] }),
      aChunk({ entityId: B, matchedWords: ['syncth'], similarity: 0.35 }),
    ];
    expect(first([other, itself])).toBe(B);
  });

  it('does not expect the words of one language of what is written in another', () => {
    const query = [
      toQueryWord('kitchen', { uses: 8, chunks: CHUNKS }),
      toQueryWord('tiles', { uses: 2, chunks: CHUNKS }),
      toQueryWord('joaquim', { uses: 1, chunks: CHUNKS }),
    ];
    const alike = aChunk({ similarity: 0.4 });
    const named = { entityId: B, similarity: 0.1, matchedWords: ['joaquim'] };
    const portuguese = aChunk({ ...named, foreignWords: ['kitchen', 'tiles'] });
    expect(fuse([alike, portuguese], query)[0]?.chunk.entityId).toBe(B);
    expect(fuse([alike, aChunk(named)], query)[0]?.chunk.entityId).toBe(A);
  });

  it('answers each entity once, by its best chunk', () => {
    const hits = fuse([aChunk({ chunkIndex: 0, similarity: 0.3 }), aChunk({ chunkIndex: 1, similarity: 0.6 })], words);
    expect(hits.map(({ chunk }) => chunk.chunkIndex)).toEqual([1]);
  });

  it('ranks by words alone where the query has no vector', () => {
    const [few, most] = [
      aChunk({ similarity: null, matchedWords: ['phone', 'use'] }),
      aChunk({ entityId: B, similarity: null, matchedWords: ['syncth'] }),
    ];
    expect(first([few, most])).toBe(B);
  });

  it('says how much of the rare words a hit has, and which', () => {
    const [hit] = fuse([aChunk({ matchedWords: ['syncth'], titleMatchedWords: ['phone'] })], words);
    const [syncth = 0, phone = 0, use = 0] = words.map(({ rarity }) => rarity);
    expect(hit?.coverage).toBeCloseTo((syncth + phone) / (syncth + phone + use));
    expect(hit?.words).toEqual(['syncth', 'phone']);
  });
});

describe('an answer', () => {
  /** Among so many others that nothing is alike by chance. */
  const isAnswer = (chunk: Partial<ChunkCandidate>, query = words, text = '', others = 50) => {
    const unlike = Array.from({ length: others }, (_, index) => aChunk({ entityId: entity(index + 9), similarity: 0 }));
    const hits = fuse([aChunk({ chunkIndex: 1, ...chunk }), ...unlike], query, { text });
    return hits.find(({ chunk: { chunkIndex } }) => chunkIndex === 1)?.isAnswer;
  };

  it('is what is close in meaning, and not what is merely the closest', () => {
    expect(isAnswer({ similarity: 0.55 })).toBe(true);
    expect(isAnswer({ similarity: 0.3 })).toBe(false);
  });

  it('takes less where there are few notes: less is alike by chance', () => {
    expect(isAnswer({ similarity: 0.3 }, [], '', 4)).toBe(true);
    expect(isAnswer({ similarity: 0.15 }, [], '', 4)).toBe(false);
  });

  it('that is said takes more than one that is shown', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (similarity) => {
        const [hit] = fuse([aChunk({ similarity })], []);
        expect(hit?.isSure === true && hit.isAnswer === false).toBe(false);
      }),
    );
    expect(fuse([aChunk({ similarity: 0.21 })], [])[0]).toMatchObject({ isAnswer: true, isSure: false });
  });

  it('is what has the rare words, however far its meaning is', () => {
    expect(isAnswer({ similarity: 0.1, matchedWords: ['syncth', 'phone'] })).toBe(true);
  });

  it('is what has all words of the query, even where every note has them', () => {
    const everywhere = [toQueryWord('secret', { uses: 2, chunks: 2 })];
    expect(isAnswer({ similarity: 0.2, matchedWords: ['secret'] }, everywhere)).toBe(true);
  });

  it('takes more than likeness in a language that the model does not read', () => {
    expect(isAnswer({ similarity: 0.43 }, words, 'recette de la tarte')).toBe(true);
    expect(isAnswer({ similarity: 0.43 }, words, '猫の名前の由来')).toBe(false);
  });
});

describe('fusing anything', () => {
  const word = fc.constantFrom('syncth', 'phone', 'use');
  const chunk = fc
    .record({
      entity: fc.nat({ max: 5 }),
      similarity: fc.option(fc.double({ min: -1.01, max: 1.01, noNaN: true })),
      matchedWords: fc.uniqueArray(word),
      titleMatchedWords: fc.uniqueArray(word),
    })
    .map(({ entity: number, ...rest }) => aChunk({ entityId: entity(number), ...rest }));
  const chunks = fc.array(chunk, { maxLength: 20 });

  it('gives scores from 0 to 1, best first', () => {
    fc.assert(
      fc.property(chunks, (candidates) => {
        const scores = fuse(candidates, words).map(({ score }) => score);
        for (const score of scores) expect(score >= 0 && score <= 1).toBe(true);
        expect(scores).toEqual(scores.toSorted((left, right) => right - left));
      }),
    );
  });

  it('does not depend on the order of the candidates', () => {
    fc.assert(
      fc.property(chunks, (candidates) => {
        const ranking = (order: readonly ChunkCandidate[]) =>
          fuse(order, words).map(({ chunk: { entityId }, score }) => ({ entityId, score }));
        expect(ranking(candidates.toReversed())).toEqual(ranking(candidates));
      }),
    );
  });

  it('never ranks an entity lower for having one more of the words', () => {
    fc.assert(
      fc.property(chunk, word, (candidate, more) => {
        const richer = { ...candidate, matchedWords: [...new Set([...candidate.matchedWords, more])] };
        const score = (one: ChunkCandidate) => fuse([one], words)[0]?.score ?? 0;
        expect(score(richer)).toBeGreaterThanOrEqual(score(candidate));
      }),
    );
  });
});
