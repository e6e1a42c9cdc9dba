import { EntityId, RelationId, type RelationState, RelationType, type UserId } from '@synap/domain';
import { type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { prepareOnce } from '../connection/prepare-once.ts';
import { type ContentLink, findByKeys, joinLinks, keysIn } from './content-links.ts';
import { type EntityReference, loadReferences } from './load-references.ts';

/** What some things are linked to. */
export interface Surroundings {
  /** The live relations that start or end at one of them, oldest first. */
  readonly relations: readonly RelationState[];
  /** What is outside the trash of that which blocks or contains one of them, or the other way round. */
  readonly references: ReadonlyMap<EntityId, EntityReference>;
  /** The links from their texts, and those from other texts that lead to them. */
  readonly links: readonly ContentLink[];
  /** There are more links in texts than were asked for. */
  readonly isTruncated: boolean;
}

const SHOWN: readonly RelationType[] = [RelationType.blocks, RelationType.contains];

/**
 * What some of the user's things are linked to. Of what is linked to nothing it is one statement, as one thing is read far
 * oftener than anything else, and sending a statement takes longer than to carry it out.
 *
 * @param search.limit the most links in texts that are looked up.
 */
export async function loadSurroundings(
  queries: Queryable,
  userId: UserId,
  { ids, limit }: { ids: readonly EntityId[]; limit: number },
): Promise<Surroundings> {
  const [row] = await prepared(queries).execute({ userId, ids: `{${ids.join(',')}}`, limit: limit + 1 });
  if (row === undefined) return { relations: [], references: new Map(), links: [], isTruncated: false };
  const relations = row.relations.map((relation) => toRelationState(userId, relation));
  const written = row.links.slice(0, limit).map(({ entity_id, key, base_key, updated_at }) => ({
    sourceId: EntityId.parse(entity_id),
    key,
    baseKey: base_key,
    sourceUpdatedAt: new Date(updated_at),
  }));
  const ends = relations.filter(({ type }) => SHOWN.includes(type)).flatMap((each) => [each.sourceId, each.targetId]);
  const [targets, references] = await Promise.all([
    findByKeys(queries, userId, written.flatMap(keysIn)),
    loadReferences(queries, userId, [...new Set(ends)]),
  ]);
  const asked = ids.map((id) => ({ id }));
  return { relations, references, links: joinLinks(written, targets, asked), isTruncated: row.links.length > limit };
}

/** As JSON has it: the columns of the tables. */
interface RelationJson {
  readonly id: string;
  readonly type: RelationType;
  readonly source_id: string;
  readonly target_id: string;
  readonly version: number;
  readonly created_at: string;
}

function toRelationState(userId: UserId, { id, type, version, ...row }: RelationJson): RelationState {
  return {
    id: RelationId.parse(id),
    userId,
    type,
    sourceId: EntityId.parse(row.source_id),
    targetId: EntityId.parse(row.target_id),
    version,
    createdAt: new Date(row.created_at),
    deletedAt: null,
  };
}

interface LinkJson {
  readonly entity_id: string;
  readonly key: string;
  readonly base_key: string | null;
  readonly updated_at: string;
}

const prepared = prepareOnce((queries) =>
  queries
    .select({
      relations: sql<readonly RelationJson[]>`relations`,
      links: sql<readonly LinkJson[]>`links`,
    })
    .from(sql`(${surroundings()}) as surroundings`)
    .prepare('surroundings'),
);

function surroundings(): SQL {
  const userId = sql`${sql.placeholder('userId')}::uuid`;
  const ids = sql`${sql.placeholder('ids')}::uuid[]`;
  return sql`
    with made as (
      select id, type, source_id, target_id, version, created_at from relations
      where user_id = ${userId} and deleted_at is null and (source_id = any(${ids}) or target_id = any(${ids}))
    ), keys as (
      select unnest(array[id::text, title_key]) as key from entities where user_id = ${userId} and id = any(${ids})
      union
      select key from former_titles where user_id = ${userId} and entity_id = any(${ids})
      union
      select duplicate.title_key from made join entities as duplicate on duplicate.id = made.source_id
      where made.type = ${RelationType.duplicates} and made.target_id = any(${ids}) and duplicate.deleted_at is not null
    ), leads as (
      select entity_id, key, base_key, true as is_own from content_links
      where user_id = ${userId} and entity_id = any(${ids})
      union
      select entity_id, key, base_key, false from content_links
      where user_id = ${userId} and key in (select key from keys)
      union
      select entity_id, key, base_key, false from content_links
      where user_id = ${userId} and base_key is not null and base_key in (select key from keys)
    ), links as (
      select leads.*, source.updated_at from leads join entities as source on source.id = leads.entity_id
      where leads.is_own or source.deleted_at is null
      order by leads.is_own desc, leads.entity_id, leads.key
      limit ${sql.placeholder('limit')}
    )
    select
      (select coalesce(json_agg(made order by created_at, id), '[]') from made) as relations,
      (select coalesce(json_agg(links), '[]') from links) as links`;
}
