import { allTags, contentTags, type EntityState, linkKeys, titleKey, type UserId } from '@synap/domain';
import { and, eq, inArray } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { contentLinks, entities, entityTags, formerTitles } from '../schema/schema.ts';
import { type Finding, FindingKind } from './finding.ts';

/** What lies in rows of its own beside an entity's state, so that it can be looked up: one word for each row. */
type Derived = ReadonlyMap<string, ReadonlySet<string>>;

/** Finds the entities whose tags, links and titles do not lie in their rows as their states say. */
export async function findWrongRows(
  queries: Queryable,
  userId: UserId,
  states: readonly EntityState[],
): Promise<Finding[]> {
  if (states.length === 0) return [];
  const rows = await readDerived(
    queries,
    userId,
    states.map(({ id }) => id),
  );
  return states.flatMap((state) => {
    const expected = derivedOf(state);
    const present = rows.get(state.id) ?? new Set();
    const missing = [...expected].filter((word) => !present.has(word));
    const strange = [...present].filter((word) => !expected.has(word));
    if (missing.length + strange.length === 0) return [];
    const message = `Its rows of tags, links and titles lack ${show(missing)} and have ${show(strange)} in their place.`;
    return [{ kind: FindingKind.rowDiffers, subject: state.id, message }];
  });
}

function derivedOf(state: EntityState): Set<string> {
  const links = (state.file?.names?.links ?? []).map(linkKeys);
  return new Set([
    `title ${titleKey(state.title)}`,
    ...state.formerTitles.map((title) => `former ${titleKey(title)}`),
    ...links.map(({ key, baseKey }) => `link ${key} ${baseKey}`),
    ...allTags(state).map((tag) => tagWord(tag, state.tags.includes(tag), contentTags(state).includes(tag))),
  ]);
}

function tagWord(tag: string, isOwn: boolean, isInContent: boolean): string {
  return `tag ${tag}${isOwn ? ', set' : ''}${isInContent ? ', in the text' : ''}`;
}

async function readDerived(queries: Queryable, userId: UserId, ids: readonly string[]): Promise<Derived> {
  const titled = await queries
    .select({ id: entities.id, key: entities.titleKey })
    .from(entities)
    .where(and(eq(entities.userId, userId), inArray(entities.id, [...ids])));
  const former = await queries
    .select()
    .from(formerTitles)
    .where(and(eq(formerTitles.userId, userId), inArray(formerTitles.entityId, [...ids])));
  const links = await queries
    .select()
    .from(contentLinks)
    .where(and(eq(contentLinks.userId, userId), inArray(contentLinks.entityId, [...ids])));
  const tags = await queries
    .select()
    .from(entityTags)
    .where(and(eq(entityTags.userId, userId), inArray(entityTags.entityId, [...ids])));
  const words = new Map<string, Set<string>>();
  const add = (id: string, word: string): void => {
    words.set(id, (words.get(id) ?? new Set()).add(word));
  };
  for (const { id, key } of titled) add(id, `title ${key}`);
  for (const { entityId, key } of former) add(entityId, `former ${key}`);
  for (const { entityId, key, baseKey } of links) add(entityId, `link ${key} ${baseKey}`);
  for (const { entityId, tag, isOwn, isInContent } of tags) add(entityId, tagWord(tag, isOwn, isInContent));
  return words;
}

function show(words: readonly string[]): string {
  return words.length === 0 ? 'nothing' : JSON.stringify(words.slice(0, 5));
}
