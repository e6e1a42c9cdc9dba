import { EntityId, type EntityState, linkedId, linkKeys, type UserId } from '@synap/domain';
import { sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';

/*
 * To what the `[[links]]` in texts lead. A link leads to the thing that it names, outside the trash:
 *
 *   1. by its id, if the link is one
 *   2. that has the title now
 *   3. that had the title before
 *   4. in whose place as a duplicate the one with that title went into the trash, see `mergeEntities`
 *
 * and where nothing has it, the last part of the link as a path is looked for in the same way. Of several the oldest
 * thing is meant, so that a new one of the same title turns no link away from where it has always led. Titles are compared
 * by `titleKey`.
 */

/** A link that stands in a text, and where it leads. */
export interface ContentLink {
  readonly sourceId: EntityId;
  readonly targetId: EntityId;
  /** When the thing with the link in its text was changed last. */
  readonly sourceUpdatedAt: Date;
}

/** Links, up to a limit. */
export interface ContentLinks {
  readonly links: readonly ContentLink[];
  readonly isTruncated: boolean;
}

/** A link before it is known where it leads. */
export interface WrittenLink {
  readonly sourceId: EntityId;
  readonly key: string;
  readonly baseKey: string | null;
  readonly sourceUpdatedAt: Date;
}

/** What the links in an entity's text lead to. */
export async function listLinkTargets(queries: Queryable, userId: UserId, state: EntityState): Promise<EntityId[]> {
  const written = linksIn(state);
  const targets = await findByKeys(queries, userId, written.flatMap(keysIn));
  return joinLinks(written, targets, [state]).map(({ targetId }) => targetId);
}

/** The links in an entity's text. */
export function linksIn({ id, file, updatedAt }: EntityState): WrittenLink[] {
  return (file?.names?.links ?? []).map((name) => ({ sourceId: id, ...linkKeys(name), sourceUpdatedAt: updatedAt }));
}

/** What is to be looked up to know where a link leads. */
export function keysIn({ key, baseKey }: WrittenLink): string[] {
  return baseKey === null ? [key] : [key, baseKey];
}

/** Those of the links that lead from or to one of the entities, each once, and none to where it stands. */
export function joinLinks(
  written: readonly WrittenLink[],
  targets: ReadonlyMap<string, EntityId>,
  states: readonly Pick<EntityState, 'id'>[],
): ContentLink[] {
  const asked = new Set(states.map(({ id }) => id));
  const links = new Map<string, ContentLink>();
  for (const link of written) {
    const { sourceId, sourceUpdatedAt } = link;
    const targetId = keysIn(link)
      .map((key) => targets.get(key))
      .find((id) => id !== undefined);
    if (targetId === undefined || targetId === sourceId) continue;
    if (!asked.has(sourceId) && !asked.has(targetId)) continue;
    links.set(`${sourceId} ${targetId}`, { sourceId, targetId, sourceUpdatedAt });
  }
  return [...links.values()];
}

/**
 * Links of which either key is one of these, from texts of things outside the trash.
 * @param search.changedUntil only from what has not changed after this instant.
 */
export async function readLinksTo(
  queries: Queryable,
  userId: UserId,
  { keys, limit, changedUntil }: { keys: readonly string[]; limit: number; changedUntil?: Date },
): Promise<WrittenLink[]> {
  if (keys.length === 0) return [];
  const until = changedUntil?.toISOString() ?? null;
  const named = sql`(select jsonb_array_elements_text(${JSON.stringify([...new Set(keys)])}::jsonb))`;
  const rows = await selectRows<LinkRow>(
    queries,
    sql`select link.entity_id, link.key, link.base_key, source.updated_at
      from (
        select entity_id, key, base_key from content_links where user_id = ${userId} and key in ${named}
        union
        select entity_id, key, base_key from content_links
        where user_id = ${userId} and base_key is not null and base_key in ${named}
      ) as link
      join entities as source on source.id = link.entity_id
      where source.deleted_at is null
        and (${until}::timestamptz is null or source.updated_at <= ${until}::timestamptz)
      order by link.entity_id, link.key
      limit ${limit}`,
  );
  return rows.map(toWrittenLink);
}

/** A row of a link with when its source was changed last. */
export interface LinkRow {
  readonly entity_id: string;
  readonly key: string;
  readonly base_key: string | null;
  readonly updated_at: string | Date;
}

export function toWrittenLink({ entity_id, key, base_key, updated_at }: LinkRow): WrittenLink {
  return { sourceId: EntityId.parse(entity_id), key, baseKey: base_key, sourceUpdatedAt: new Date(updated_at) };
}

/** Of what each key is the title or the id, as it stands above. */
export async function findByKeys(
  queries: Queryable,
  userId: UserId,
  keys: readonly string[],
): Promise<Map<string, EntityId>> {
  if (keys.length === 0) return new Map();
  const distinct = [...new Set(keys)];
  const named = sql`(select jsonb_array_elements_text(${JSON.stringify(distinct)}::jsonb))`;
  const ids = distinct.map(linkedId).filter((id) => id !== null);
  const rows = await selectRows<{ key: string; id: string }>(
    queries,
    sql`select distinct on (key) key, id from (
        select id::text as key, id, 0 as rank from entities
        where user_id = ${userId} and deleted_at is null
          and id in (select value::uuid from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))
        union all
        select title_key, id, 1 from entities
        where user_id = ${userId} and deleted_at is null and title_key in ${named}
        union all
        select former.key, entity.id, 2
        from former_titles as former join entities as entity on entity.id = former.entity_id
        where former.user_id = ${userId} and former.key in ${named} and entity.deleted_at is null
        union all
        select duplicate.title_key, kept.id, 3
        from entities as duplicate
        join relations on relations.source_id = duplicate.id and relations.user_id = ${userId}
          and relations.type = 'duplicates' and relations.deleted_at is null
        join entities as kept on kept.id = relations.target_id and kept.deleted_at is null
        where duplicate.user_id = ${userId} and duplicate.deleted_at is not null and duplicate.title_key in ${named}
      ) as found
      order by key, rank, id`,
  );
  return new Map(rows.map(({ key, id }) => [key, EntityId.parse(id)]));
}
