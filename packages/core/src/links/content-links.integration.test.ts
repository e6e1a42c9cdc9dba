import { type EntityId, EntityType, Unprocessable } from '@synap/domain';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addTag, deleteEntity, removeTag, restoreEntity, updateEntity } from '../commands/change-entity.ts';
import { createOfType } from '../commands/create-entity.ts';
import { mergeEntities } from '../commands/merge-entities.ts';
import { purgeEntity } from '../commands/purge-entity.ts';
import { createRelation } from '../commands/relate-entities.ts';
import { revertEntity } from '../commands/revert-entity.ts';
import { undo } from '../commands/undo.ts';
import { updateContent } from '../commands/update-content.ts';
import { getEntity } from '../queries/get-entity.ts';
import { listEntities } from '../queries/list-entities.ts';
import { listUnresolvedLinks } from '../queries/list-unresolved-links.ts';
import { readGraph } from '../queries/read-graph.ts';
import { openTestStore, type TestStore } from '../testing/test-store.ts';
import { rebuildStore } from '../upkeep/rebuild-store.ts';
import { verifyStore } from '../upkeep/verify-store.ts';
import { listBacklinks } from './list-backlinks.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

let count = 0;
/** A word that no other test has. */
function word(): string {
  count += 1;
  return `Word${count}`;
}

async function note(title: string, content = `About ${title}.`, userId = store.userId): Promise<EntityId> {
  return (await createOfType(store.parts, store.request(userId), { type: EntityType.note, title, content })).id;
}
const write = (id: EntityId, content: string) => updateContent(store.parts, store.request(), { id, content });
const rename = (id: EntityId, title: string) => updateEntity(store.parts, store.request(), { id, title });
const trash = (id: EntityId) => deleteEntity(store.parts, store.request(), { id });
const details = (id: EntityId, asOf?: Date) => getEntity(store.parts, store.userId, { id, asOf });
const tagsOf = async (id: EntityId, asOf?: Date) => (await details(id, asOf)).tags;
/** What the text of an entity leads to. */
const targetsOf = async (id: EntityId, asOf?: Date) =>
  (await details(id, asOf)).relations
    .filter(({ isInContent, sourceId }) => isInContent && sourceId === id)
    .map(({ targetId }) => targetId)
    .sort();
/** From which texts a link leads to it. */
const sourcesOf = async (id: EntityId, asOf?: Date) =>
  (await details(id, asOf)).relations
    .filter(({ isInContent, targetId }) => isInContent && targetId === id)
    .map(({ sourceId }) => sourceId)
    .sort();
/** The present, after which everything else is another time. */
const tick = async (): Promise<Date> => {
  const now = new Date();
  while (Date.now() === now.getTime());
  return now;
};

async function findings() {
  const found = [];
  for await (const message of verifyStore(store.parts, { scope: 'all' })) {
    if (message.kind === 'finding') found.push(message.finding);
  }
  return found;
}

test('a tag stands in the text as long as it does, and one that was set stays', async () => {
  const id = await note(word(), 'Dig #garden with @Anna, `#not` this.');
  expect(await tagsOf(id)).toEqual(['garden', 'people/anna']);
  await addTag(store.parts, store.request(), { id, tag: 'garden' });
  await addTag(store.parts, store.request(), { id, tag: 'beds' });
  await expect(removeTag(store.parts, store.request(), { id, tag: 'people/anna' })).rejects.toThrow(
    /stands in the text/,
  );
  await expect(removeTag(store.parts, store.request(), { id, tag: 'garden' })).rejects.toBeInstanceOf(Unprocessable);
  await write(id, 'Dig, but #later.');
  expect(await tagsOf(id)).toEqual(['beds', 'garden', 'later']);
  const listed = await listEntities(store.parts, store.userId, {
    filter: { tag: 'later' },
    order: 'updated',
    limit: 9,
  });
  expect(listed.items.map((item) => item.id)).toEqual([id]);
  await removeTag(store.parts, store.request(), { id, tag: 'garden' });
  await revertEntity(store.parts, store.request(), { id, toVersion: 2 });
  expect(await tagsOf(id)).toEqual(['garden', 'people/anna']);
});

test('a link leads to what has its title, now or as soon as there is something', async () => {
  const [from, to] = [word(), word()];
  const source = await note(from, `See [[${to.toUpperCase()}|that]] and [[${to}#Part]].`);
  expect(await targetsOf(source)).toEqual([]);
  const target = await note(to);
  expect(await targetsOf(source)).toEqual([target]);
  expect(await sourcesOf(target)).toEqual([source]);
  await trash(target);
  expect(await targetsOf(source)).toEqual([]);
  await restoreEntity(store.parts, store.request(), { id: target });
  expect(await targetsOf(source)).toEqual([target]);
  await write(source, 'Nothing to see.');
  expect(await targetsOf(source)).toEqual([]);
});

test('a link follows what it led to when that is renamed, until another thing has the title', async () => {
  const [old, fresh] = [word(), word()];
  const source = await note(word(), `See [[${old}]].`);
  const target = await note(old);
  await rename(target, fresh);
  expect(await targetsOf(source)).toEqual([target]);
  const other = await note(old);
  expect(await targetsOf(source)).toEqual([other]);
  await trash(other);
  await purgeEntity(store.parts, store.request(), { id: other });
  expect(await targetsOf(source)).toEqual([target]);
});

test('of things with the same title the oldest is meant; ids and paths are links, too', async () => {
  const title = word();
  const first = await note(title);
  await note(title);
  const source = await note(word(), `[[${title}]] [[Folder/${title}.md]] [[${first}]]`);
  expect(await targetsOf(source)).toEqual([first]);
  const path = await note(word(), `[[Area/Sub/${title}]]`);
  expect(await targetsOf(path)).toEqual([first]);
});

test('links that lead nowhere are listed, until they do', async () => {
  const [title, other] = [word(), word()];
  const unresolved = async () =>
    (await listUnresolvedLinks(store.parts, store.userId, { limit: 200 })).filter(({ name }) =>
      [title, other].some((each) => name.endsWith(each)),
    );
  const id = await note(word(), `[[${title}]] [[Path/${other}]]`);
  await note(word(), `[[${title.toLowerCase()}]] [[${id}]]`);
  expect(await unresolved()).toEqual([
    { name: title, count: 2 },
    { name: `Path/${other}`, count: 1 },
  ]);
  await note(other);
  await rename(await note(title), word());
  expect(await unresolved()).toEqual([]);
});

test('a link leads to nobody else’s things, nor to itself', async () => {
  const title = word();
  await note(title, 'Mine.', await store.addUser());
  const source = await note(word(), `[[${title}]]`);
  expect(await targetsOf(source)).toEqual([]);
  const own = word();
  expect(await targetsOf(await note(own, `[[${own}]]`))).toEqual([]);
});

test('an undo takes back what a text named, with the text', async () => {
  const [title, tag] = [word(), word().toLowerCase()];
  const target = await note(title);
  const source = await note(word());
  const request = store.request();
  await updateContent(store.parts, request, { id: source, content: `[[${title}]] #${tag}` });
  expect([await targetsOf(source), await tagsOf(source)]).toEqual([[target], [tag]]);
  await undo(store.parts, store.request(), { correlationId: request.correlationId, force: false });
  expect([await targetsOf(source), await tagsOf(source)]).toEqual([[], []]);
});

test('a relation that was made is one with the link in the text, and stays without it', async () => {
  const title = word();
  const targetId = await note(title);
  const sourceId = await note(word(), `[[${title}]]`);
  await createRelation(store.parts, store.request(), { type: 'mentions', sourceId, targetId });
  const mentions = async () => (await details(sourceId)).relations.map(({ isInContent }) => isInContent);
  expect(await mentions()).toEqual([true]);
  await write(sourceId, 'Nothing.');
  expect(await mentions()).toEqual([false]);
});

test('what was merged into another is found there by links to its title', async () => {
  const [title, kept] = [word(), word()];
  const source = await note(word(), `[[${title}]]`);
  const id = await note(kept);
  const duplicateId = await note(title, `Also #${title}`);
  const request = store.request();
  await mergeEntities(store.parts, request, { id, duplicateId, content: 'keep' });
  expect(await targetsOf(source)).toEqual([id]);
  expect(await sourcesOf(id)).toEqual([source]);
  expect(await tagsOf(id)).toEqual([title.toLowerCase()]);
  const merged = await tick();
  await undo(store.parts, store.request(), { correlationId: request.correlationId, force: false });
  expect(await targetsOf(source)).toEqual([duplicateId]);
  expect(await targetsOf(source, merged)).toEqual([id]);
  expect(await sourcesOf(id, merged)).toEqual([source]);
});

test('links are in the graph, over several steps', async () => {
  const [one, two, three] = [word(), word(), word()];
  const last = await note(three);
  const middle = await note(two, `[[${three}]]`);
  const first = await note(one, `[[${two}]]`);
  const graph = await readGraph(store.parts, store.userId, { root: last, depth: 2, limit: 500 });
  expect(graph.nodes.map(({ id }) => id).sort()).toEqual([first, middle, last].sort());
  expect(graph.edges).toHaveLength(2);
  const cut = await readGraph(store.parts, store.userId, { root: last, depth: 2, limit: 2 });
  expect([cut.nodes.length, cut.isTruncated]).toEqual([2, true]);
  const blocks = await readGraph(store.parts, store.userId, { root: last, depth: 2, types: ['blocks'], limit: 500 });
  expect(blocks.nodes).toHaveLength(1);
});

test('the things that link to one are listed with the words around the link, page by page', async () => {
  const title = word();
  const id = await note(title);
  const first = await note(word(), `One day we go to [[${title}|the place]] again.`);
  const second = await note(word(), `\`[[${title}]]\` in code\n\nand\n\n> a *quoted* [[${title}#Part]]`);
  const third = await note(word(), 'Nothing.');
  await createRelation(store.parts, store.request(), { type: 'blocks', sourceId: third, targetId: id });
  const gone = await note(word(), `[[${title}]]`);
  await trash(gone);
  const { items, nextCursor } = await listBacklinks(store.parts, store.userId, { id, limit: 2 });
  expect(items).toMatchObject([
    { entity: { id: third }, types: ['blocks'], isInContent: false, snippet: null },
    { entity: { id: second }, types: ['mentions'], isInContent: true, snippet: `a quoted ${title} > Part` },
  ]);
  const rest = await listBacklinks(store.parts, store.userId, { id, limit: 2, cursor: nextCursor ?? '' });
  expect(rest).toMatchObject({
    items: [{ entity: { id: first }, snippet: 'One day we go to the place again.' }],
    nextCursor: null,
  });
});

/** What somebody could do to a few notes. */
type Step =
  | { do: 'write'; nth: number; links: number[] }
  | { do: 'rename'; nth: number; title: number }
  | { do: 'trash' | 'restore'; nth: number };
const NOTES = 4;
const aStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('write' as const),
    nth: fc.nat(NOTES - 1),
    links: fc.uniqueArray(fc.nat(5), { maxLength: 3 }),
  }),
  fc.record({ do: fc.constant('rename' as const), nth: fc.nat(NOTES - 1), title: fc.nat(5) }),
  fc.record({ do: fc.constantFrom('trash' as const, 'restore' as const), nth: fc.nat(NOTES - 1) }),
);

/** The same rules, told once more and as simply as can be. */
interface Model {
  title: string;
  former: string[];
  links: string[];
  isDeleted: boolean;
}
const meant = (notes: readonly Model[], key: string): number => {
  const by = (is: (note: Model) => boolean) => notes.findIndex((each) => !each.isDeleted && is(each));
  const present = by(({ title }) => title === key);
  return present === -1 ? by(({ former }) => former.includes(key)) : present;
};
const leads = (notes: readonly Model[], nth: number): number[] => [
  ...new Set((notes[nth]?.links ?? []).map((key) => meant(notes, key)).filter((to) => to !== -1 && to !== nth)),
];

test('whatever is written, renamed, trashed and restored: links lead where they should, now, then and rebuilt', async () => {
  const moments: { at: Date; notes: Model[]; ids: EntityId[] }[] = [];
  await fc.assert(
    fc.asyncProperty(fc.array(aStep, { minLength: 4, maxLength: 8 }), async (steps) => {
      const run = word();
      const titleOf = (number: number) => `${run} title ${number}`;
      const notes: Model[] = [];
      const ids: EntityId[] = [];
      for (let nth = 0; nth < NOTES; nth += 1) {
        notes.push({ title: titleOf(nth), former: [], links: [], isDeleted: false });
        ids.push(await note(titleOf(nth)));
      }
      for (const step of steps) {
        const [of, id] = [notes[step.nth], ids[step.nth]];
        if (of === undefined || id === undefined) continue;
        if (step.do === 'restore') {
          await restoreEntity(store.parts, store.request(), { id });
          of.isDeleted = false;
        } else if (of.isDeleted) continue;
        else if (step.do === 'trash') {
          await trash(id);
          of.isDeleted = true;
        } else if (step.do === 'rename') {
          await rename(id, titleOf(step.title));
          if (of.title !== titleOf(step.title)) of.former.push(of.title);
          of.title = titleOf(step.title);
        } else if (step.do === 'write') {
          of.links = step.links.map(titleOf);
          await write(id, `${run} ${step.links.map((to) => `[[${titleOf(to)}]]`).join(' ')}`);
        }
        moments.push({ at: await tick(), notes: structuredClone(notes), ids });
      }
      await expectLinks({ notes, ids });
    }),
    { numRuns: 4 },
  );
  for (const { at, notes, ids } of moments.filter((_, index) => index % 5 === 0)) await expectLinks({ notes, ids }, at);
  expect(await findings()).toEqual([]);
  const last = moments.at(-1);
  for (const damage of [
    'delete from content_links',
    'delete from former_titles',
    `update entities set title_key = 'x'`,
    'update entity_tags set is_own = true, is_in_content = false where is_in_content',
    `update entities set names = null, former_titles = '[]'`,
  ]) {
    const before = (await findings()).length;
    await store.parts.database.queries.execute(damage);
    expect((await findings()).length, damage).toBeGreaterThan(before);
  }
  for await (const _ of rebuildStore(store.parts));
  expect(await findings()).toEqual([]);
  if (last !== undefined) await expectLinks(last);
});

async function expectLinks({ notes, ids }: { notes: readonly Model[]; ids: readonly EntityId[] }, asOf?: Date) {
  for (const [nth, id] of ids.entries()) {
    const to = leads(notes, nth).map((each) => ids[each]);
    expect(await targetsOf(id, asOf)).toEqual(to.sort());
    const from = notes.flatMap((each, source) =>
      !each.isDeleted && leads(notes, source).includes(nth) ? [ids[source]] : [],
    );
    expect(await sourcesOf(id, asOf)).toEqual(from.sort());
  }
}
