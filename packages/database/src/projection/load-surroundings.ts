import { type EntityId, type RelationState, RelationType, type UserId } from '@synap/domain';
import { type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { prepareOnce } from '../connection/prepare-once.ts';
import { type ContentLinks, findByKeys, joinLinks, keysIn, type LinkRow, toWrittenLink } from './content-links.ts';
import { toRelationState } from './relations.ts';

/** What some things are linked to. */
export interface Surroundings extends ContentLinks {
  /** The live relations that start or end at one of them, oldest first. */
  readonly relations: readonly RelationState[];
}

/**
 * What some of the user's things are linked to: what was related, and the links from their texts and those from other texts
 * that lead to them. Of what no text links it is one statement, as one thing is read far oftener than anything else, and
 * sending a statement takes longer than to carry it out.
 *
 * @param search.limit the most links in texts that are looked up.
 */
export async function loadSurroundings(
  queries: Queryable,
  userId: UserId,
  { ids, limit }: { ids: readonly EntityId[]; limit: number },
): Promise<Surroundings> {
  const [row] = await prepared(queries).execute({ userId, ids: `{${ids.join(',')}}`, limit: limit + 1 });
  if (row === undefined) return { relations: [], links: [], isTruncated: false };
  const relations = row.relations.map(({ createdAt, ...relation }) =>
    toRelationState({ ...relation, userId, createdAt: new Date(createdAt), deletedAt: null }),
  );
  const written = row.links.slice(0, limit).map(toWrittenLink);
  const targets = await findByKeys(queries, userId, written.flatMap(keysIn));
  const asked = ids.map((id) => ({ id }));
  return { relations, links: joinLinks(written, targets, asked), isTruncated: row.links.length > limit };
}

/** A live relation as JSON. */
interface RelationJson {
  readonly id: string;
  readonly type: RelationType;
  readonly sourceId: string;
  readonly targetId: string;
  readonly version: number;
  readonly createdAt: string;
}

const prepared = prepareOnce((queries) =>
  queries
    .select({
      relations: sql<readonly RelationJson[]>`relations`,
      links: sql<readonly LinkRow[]>`links`,
    })
    .from(sql`(${surroundings()}) as surroundings`)
    .prepare('surroundings'),
);

function surroundings(): SQL {
  const userId = sql`${sql.placeholder('userId')}::uuid`;
  const ids = sql`${sql.placeholder('ids')}::uuid[]`;
  return sql`
    with made as (
      select * from relations
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
      (
        select coalesce(json_agg(json_build_object(
          'id', id, 'type', type, 'sourceId', source_id, 'targetId', target_id, 'version', version, 'createdAt', created_at
        ) order by created_at, id), '[]') from made
      ) as relations,
      (select coalesce(json_agg(links), '[]') from links) as links`;
}
