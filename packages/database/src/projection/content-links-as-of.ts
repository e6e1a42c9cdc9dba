import {
  EntityId,
  type EntityState,
  keysOf,
  linkedId,
  type RelationState,
  RelationType,
  titleKey,
  type UserId,
} from '@synap/domain';
import { and, eq, lte, sql } from 'drizzle-orm';
import { entities, formerTitles } from '../schema/schema.ts';
import { changedSince, listRelationsAsOf, loadEntitiesAsOf } from './as-of.ts';
import { type ContentLinks, joinLinks, keysIn, linksIn, readLinksTo, type WrittenLink } from './content-links.ts';
import type { Sources } from './load-for-change.ts';

/*
 * Links in texts as they were at an instant, by the same rules as in `content-links.ts`. What has not changed since is
 * read from its rows; of what has, the states of then.
 */

/**
 * The links from the texts of these entities, and those from other texts that led to them.
 * @param links.states the entities as they were at `asOf`.
 */
export async function listContentLinksAsOf(
  sources: Sources,
  userId: UserId,
  { states, asOf, limit }: { states: readonly EntityState[]; asOf: Date; limit: number },
): Promise<ContentLinks> {
  if (states.length === 0) return { links: [], isTruncated: false };
  const { changed: changedEntities, isCut } = await readChanged(sources, userId, asOf);
  const past: Past = { sources, userId, asOf, changed: changedEntities };
  const keys = new Set([...states.flatMap(keysOf), ...(await keysOfDuplicates(past, states))]);
  const { queries } = sources.database;
  const unchanged = await readLinksTo(queries, userId, { keys: [...keys], limit: limit + 1, changedUntil: asOf });
  const changed = past.changed
    .filter(({ isDeleted }) => !isDeleted)
    .flatMap(({ links }) => links.filter((link) => keysIn(link).some((key) => keys.has(key))));
  const written = [...states.flatMap(linksIn), ...unchanged, ...changed];
  const asked = written.slice(0, limit);
  const targets = await findByKeysAsOf(past, new Set(asked.flatMap(keysIn)));
  return { links: joinLinks(asked, targets, states), isTruncated: isCut || written.length > limit };
}

/** What is asked about, with what has changed since. */
interface Past {
  readonly sources: Sources;
  readonly userId: UserId;
  readonly asOf: Date;
  readonly changed: readonly ChangedEntity[];
}

/** What links need to know of a thing that has changed since. */
interface ChangedEntity {
  readonly id: EntityId;
  readonly key: string;
  readonly formerKeys: readonly string[];
  readonly links: readonly WrittenLink[];
  readonly isDeleted: boolean;
}

/** What of many that have changed since is not looked at any more: nobody waits for that. */
const CHANGED_MAX = 10_000;

async function readChanged(
  sources: Sources,
  userId: UserId,
  asOf: Date,
): Promise<{ changed: ChangedEntity[]; isCut: boolean }> {
  const changed: ChangedEntity[] = [];
  for await (const states of changedSince(sources, userId, asOf)) {
    if (changed.length >= CHANGED_MAX) return { changed, isCut: true };
    for (const state of states) {
      const { id, title, formerTitles: former, deletedAt } = state;
      const [key, formerKeys] = [titleKey(title), former.map(titleKey)];
      changed.push({ id, key, formerKeys, links: linksIn(state), isDeleted: deletedAt !== null });
    }
  }
  return { changed, isCut: false };
}

/** A thing that a key may mean; the lower the rank, the rather. */
interface Candidate {
  readonly key: string;
  readonly id: EntityId;
  readonly rank: number;
}

async function findByKeysAsOf(past: Past, keys: ReadonlySet<string>): Promise<Map<string, EntityId>> {
  const { living, deleted } = await readCandidates(past, keys);
  const found = new Map<string, Candidate>();
  for (const candidate of [...living, ...(await keptFor(past, deleted))]) {
    const best = found.get(candidate.key);
    if (best === undefined || isMeantRather(candidate, best)) found.set(candidate.key, candidate);
  }
  return new Map([...found].map(([key, { id }]) => [key, id]));
}

function isMeantRather(one: Candidate, other: Candidate): boolean {
  return one.rank < other.rank || (one.rank === other.rank && one.id < other.id);
}

async function readCandidates(
  { sources, userId, asOf, changed }: Past,
  keys: ReadonlySet<string>,
): Promise<{ living: Candidate[]; deleted: Candidate[] }> {
  const named = sql`(select jsonb_array_elements_text(${JSON.stringify([...keys])}::jsonb))`;
  const { queries } = sources.database;
  const isUnchanged = and(eq(entities.userId, userId), lte(entities.updatedAt, asOf));
  const columns = { id: entities.id, deletedAt: entities.deletedAt };
  const [titled, formerly, byId] = await Promise.all([
    queries
      .select({ ...columns, key: entities.titleKey })
      .from(entities)
      .where(and(isUnchanged, sql`${entities.titleKey} in ${named}`)),
    queries
      .select({ ...columns, key: formerTitles.key })
      .from(formerTitles)
      .innerJoin(entities, eq(entities.id, formerTitles.entityId))
      .where(and(isUnchanged, eq(formerTitles.userId, userId), sql`${formerTitles.key} in ${named}`)),
    queries
      .select({ ...columns, key: sql<string>`${entities.id}::text` })
      .from(entities)
      .where(
        and(
          isUnchanged,
          sql`${entities.id} in (select value::uuid from jsonb_array_elements_text(${idsIn(keys)}::jsonb))`,
        ),
      ),
  ]);
  const candidates = [
    ...ranked(byId, 0),
    ...ranked(titled, 1),
    ...ranked(formerly, 2),
    ...changed.flatMap(({ id, key, formerKeys, isDeleted }) =>
      [
        { key: id as string, id, rank: 0, isDeleted },
        { key, id, rank: 1, isDeleted },
        ...formerKeys.map((former) => ({ key: former, id, rank: 2, isDeleted })),
      ].filter((candidate) => keys.has(candidate.key)),
    ),
  ];
  return {
    living: candidates.filter(({ isDeleted }) => !isDeleted),
    deleted: candidates.filter(({ isDeleted, rank }) => isDeleted && rank === 1),
  };
}

function idsIn(keys: ReadonlySet<string>): string {
  return JSON.stringify([...keys].map(linkedId).filter((id) => id !== null));
}

function ranked(rows: readonly { id: string; key: string; deletedAt: Date | null }[], rank: number) {
  return rows.map(({ id, key, deletedAt }) => ({
    key,
    id: EntityId.parse(id),
    rank,
    isDeleted: deletedAt !== null,
  }));
}

/** What stands in for things that were in the trash then: those that they were duplicates of. */
async function keptFor({ sources, userId, asOf }: Past, deleted: readonly Candidate[]): Promise<Candidate[]> {
  if (deleted.length === 0) return [];
  const duplicates = await duplicatesAmong({ sources, userId, asOf }, deleted);
  const ids = duplicates.map(({ targetId }) => targetId);
  const kept = await loadEntitiesAsOf(sources, userId, { ids, asOf });
  return duplicates.flatMap(({ sourceId, targetId }) =>
    kept.get(targetId)?.deletedAt === null
      ? deleted.filter(({ id }) => id === sourceId).map(({ key }) => ({ key, id: targetId, rank: 3 }))
      : [],
  );
}

/** The titles of what was in the trash then as a duplicate of one of these. */
async function keysOfDuplicates(past: Past, states: readonly EntityState[]): Promise<string[]> {
  const { sources, userId, asOf } = past;
  const ids = (await duplicatesAmong(past, states)).map(({ sourceId }) => sourceId);
  const duplicates = await loadEntitiesAsOf(sources, userId, { ids, asOf });
  return [...duplicates.values()].filter(({ deletedAt }) => deletedAt !== null).map(({ title }) => titleKey(title));
}

async function duplicatesAmong(
  { sources, userId, asOf }: Omit<Past, 'changed'>,
  states: readonly Pick<EntityState, 'id'>[],
): Promise<RelationState[]> {
  const relations = await listRelationsAsOf(sources, userId, { entityIds: states.map(({ id }) => id), asOf });
  return relations.filter(({ type }) => type === RelationType.duplicates);
}
