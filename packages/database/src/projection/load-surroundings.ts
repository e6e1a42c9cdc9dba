import {
  EntityId,
  EntityType,
  RelationId,
  type RelationState,
  RelationType,
  type TaskStatus,
  type UserId,
} from '@synap/domain';
import { type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { prepareOnce } from '../connection/prepare-once.ts';
import { type ContentLink, joinLinks, selectTargets } from './content-links.ts';
import type { EntityReference } from './load-references.ts';

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

/**
 * What some of the user's things are linked to. It is one statement, as one thing is read far oftener than anything else,
 * and sending one takes longer than to carry it out.
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
  const written = row.links.slice(0, limit).map(({ entity_id, key, base_key, updated_at }) => ({
    sourceId: EntityId.parse(entity_id),
    key,
    baseKey: base_key,
    sourceUpdatedAt: new Date(updated_at),
  }));
  const targets = new Map(row.targets.map(({ key, id }) => [key, EntityId.parse(id)]));
  return {
    relations: row.relations.map((relation) => toRelationState(userId, relation)),
    references: new Map(row.others.map(toReference).map((reference) => [reference.id, reference])),
    links: joinLinks(
      written,
      targets,
      ids.map((id) => ({ id })),
    ),
    isTruncated: row.links.length > limit,
  };
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

interface ReferenceJson {
  readonly id: string;
  readonly type: EntityType;
  readonly title: string;
  readonly status: TaskStatus | null;
}

function toReference({ id, type, title, status }: ReferenceJson): EntityReference {
  return { id: EntityId.parse(id), type, title, status: type === EntityType.task ? status : null };
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
      others: sql<readonly ReferenceJson[]>`others`,
      links: sql<readonly LinkJson[]>`links`,
      targets: sql<readonly { readonly key: string; readonly id: string }[]>`targets`,
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
    ), other_ids as (
      select source_id as id from made where type in (${RelationType.blocks}, ${RelationType.contains})
      union
      select target_id from made where type in (${RelationType.blocks}, ${RelationType.contains})
    ), others as (
      select entity.id, entity.type, entity.title, task.status
      from other_ids join entities as entity on entity.id = other_ids.id
      left join task_details as task on task.entity_id = entity.id
      where entity.user_id = ${userId} and entity.deleted_at is null
    ), keys as (
      select id::text as key from entities where user_id = ${userId} and id = any(${ids})
      union
      select title_key from entities where user_id = ${userId} and id = any(${ids})
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
    ), links as materialized (
      select leads.*, source.updated_at from leads join entities as source on source.id = leads.entity_id
      where leads.is_own or source.deleted_at is null
      order by leads.is_own desc, leads.entity_id, leads.key
      limit ${sql.placeholder('limit')}
    ), wanted as (
      select key from links union select base_key from links where base_key is not null
    ), targets as (
      ${selectTargets(userId, sql`(select key from wanted)`)}
    )
    select
      (select coalesce(json_agg(made order by created_at, id), '[]') from made) as relations,
      (select coalesce(json_agg(others), '[]') from others) as others,
      (select coalesce(json_agg(links), '[]') from links) as links,
      (select coalesce(json_agg(targets), '[]') from targets) as targets`;
}
