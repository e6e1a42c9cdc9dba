import { describe, expect, test } from 'vitest';
import { sharedContentWords } from './content-words.ts';
import { readPersonalNotes, readVaultSet } from './labelled-sets.ts';

describe('the labelled personal notes', async () => {
  const { notes, queries } = await readPersonalNotes();
  const ofKind = (kind: string) => queries.filter((query) => query.kind === kind);

  test('are many, of many kinds and in many languages', () => {
    expect(notes.length).toBeGreaterThanOrEqual(150);
    expect(new Set(notes.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(12);
    const foreign = notes.filter(({ language }) => language !== 'en');
    expect(foreign.length).toBeGreaterThanOrEqual(25);
    expect(new Set(foreign.map(({ language }) => language)).size).toBeGreaterThanOrEqual(10);
  });

  test('have enough questions of each kind, half of them held out', () => {
    expect(queries.length).toBeGreaterThanOrEqual(200);
    expect(ofKind('unanswerable').length).toBeGreaterThanOrEqual(40);
    for (const kind of ['paraphrase', 'natural', 'keyword', 'language', 'cross-language', 'unanswerable']) {
      const heldOut = ofKind(kind).filter(({ half }) => half === 'heldOut');
      expect(Math.abs(ofKind(kind).length - 2 * heldOut.length)).toBeLessThanOrEqual(1);
    }
  });

  test('are named once each, and every label names one of them', () => {
    const ids = new Set(notes.map(({ id }) => id));
    expect(ids.size).toBe(notes.length);
    for (const { expected } of queries) for (const id of expected) expect(ids).toContain(id);
    expect(new Set(queries.map(({ query }) => query)).size).toBe(queries.length);
  });

  test('answer every question but the unanswerable ones', () => {
    for (const { kind, expected } of queries) expect(expected.length === 0).toBe(kind === 'unanswerable');
  });

  test('share no content word with their paraphrases', () => {
    const shared = ofKind('paraphrase').flatMap(({ query, expected }) =>
      notes
        .filter(({ id }) => expected.includes(id))
        .map(({ title = '', content }) => ({ query, words: sharedContentWords(query, `${title} ${content}`) })),
    );
    expect(shared.filter(({ words }) => words.length > 0)).toEqual([]);
  });

  test('hold every keyword that is asked for, whole', () => {
    for (const { query, expected } of ofKind('keyword')) {
      const note = notes.find(({ id }) => expected.includes(id));
      const text = `${note?.title} ${note?.content}`.toLowerCase();
      expect(text, query).toContain(query.toLowerCase());
    }
  });
});

test('every label of the vault names a note of it', async () => {
  const { notes, queries } = await readVaultSet();
  const ids = new Set(notes.map(({ id }) => id));
  for (const { expected } of queries) for (const id of expected) expect(ids).toContain(id);
});
