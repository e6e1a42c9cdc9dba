import { expect, test } from 'vitest';
import { anEvent, replay } from '../testing/random-history.ts';
import { decideChangeContent, decideChangeTitle, decideCreate, decideDelete } from './decide.ts';
import type { EntityState } from './entity-state.ts';
import { evolveEntity } from './evolve.ts';
import { decideFetchedPage, decidePageFailure, type FetchedPage } from './page.ts';

const URL = 'https://example.org/';
const file = (letter: string, fileType: 'html' | 'markdown' = 'markdown') => ({
  filePath: `users/x/pages/y/${letter}`,
  fileSize: 1,
  fileType,
  checksum: letter.repeat(64),
  preview: letter,
});
const LINK = file('a');
const PAGE: FetchedPage = {
  url: URL,
  finalUrl: `${URL}home`,
  fetchedAt: new Date(0),
  original: file('b', 'html'),
  readable: file('c'),
  title: 'Its own title',
};

function awaiting(given: ('type' | 'title')[]): EntityState {
  const creation = { type: 'page', title: URL, given, file: LINK, page: { url: URL } } as const;
  const [created, ...others] = decideCreate({ ...creation, given }, { now: new Date(0) });
  if (created === undefined) throw new Error('Nothing was created.');
  return replay(evolveEntity(null, anEvent(created, { version: 1 })), others);
}

test('a page that was fetched is kept as it came and as it reads, under its own title', () => {
  const state = awaiting(['type']);
  const deltas = decideFetchedPage(state, PAGE, LINK.checksum);
  expect(deltas.map(({ type }) => type)).toEqual([
    'entity.file_uploaded',
    'entity.file_uploaded',
    'entity.title_changed',
    'page.fetched',
  ]);
  expect(replay(state, deltas)).toMatchObject({ title: 'Its own title', file: PAGE.readable });
  expect(replay(state, decideFetchedPage(state, { ...PAGE, readable: null }, LINK.checksum)).file).toEqual(
    PAGE.original,
  );
});

test('a title that a person chose stays', () => {
  const state = awaiting(['type', 'title']);
  expect(replay(state, decideFetchedPage(state, PAGE, LINK.checksum)).title).toBe(URL);
  const renamed = replay(awaiting(['type']), decideChangeTitle(awaiting(['type']), 'Mine'));
  expect(replay(renamed, decideFetchedPage(renamed, PAGE, LINK.checksum)).title).toBe('Mine');
});

test('what nobody waits for any more changes nothing', () => {
  const state = awaiting(['type']);
  for (const deltas of [decideDelete(state), decideChangeContent(state, file('d'))]) {
    const changed = replay(state, deltas);
    expect(decideFetchedPage(changed, PAGE, LINK.checksum)).toEqual([]);
    expect(decidePageFailure(changed, { url: URL, reason: 'No.' }, LINK.checksum)).toEqual([]);
  }
  expect(decidePageFailure(state, { url: URL, reason: 'No.' }, LINK.checksum)).toHaveLength(1);
});
