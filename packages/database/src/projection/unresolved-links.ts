import { EntityId, linkKeys, type UserId } from '@synap/domain';
import { sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';
import { loadEntities } from './load-entity.ts';

/** A link in texts that leads nowhere yet. */
export interface UnresolvedLink {
  /** As it is written in one of the texts. */
  readonly name: string;
  /** In how many texts it stands. */
  readonly count: number;
}

/** The links in one user's texts that lead to nothing by the rules of `content-links.ts`, those in the most texts first. */
export async function listUnresolvedLinks(
  queries: Queryable,
  userId: UserId,
  { limit }: { limit: number },
): Promise<UnresolvedLink[]> {
  const rows = await selectRows<{ key: string; count: string | number; source_id: string }>(
    queries,
    sql`select link.key, count(*) as count, (array_agg(source.id order by source.id))[1] as source_id
      from content_links as link
      join entities as source on source.id = link.entity_id and source.deleted_at is null
      where link.user_id = ${userId}
        and not exists (
          select from entities as target
          where target.user_id = ${userId} and target.deleted_at is null and target.title_key in (link.key, link.base_key)
        )
        and not exists (
          select from former_titles as former join entities as target on target.id = former.entity_id
          where former.user_id = ${userId} and target.deleted_at is null and former.key in (link.key, link.base_key)
        )
        and not exists (
          select from entities as target
          where target.user_id = ${userId} and target.deleted_at is null
            and target.id = case when link.key ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then link.key::uuid end
        )
        and not exists (
          select from entities as duplicate
          join relations on relations.source_id = duplicate.id and relations.type = 'duplicates'
            and relations.deleted_at is null
          join entities as kept on kept.id = relations.target_id and kept.deleted_at is null
          where duplicate.user_id = ${userId} and duplicate.deleted_at is not null
            and duplicate.title_key in (link.key, link.base_key)
        )
      group by link.key
      order by count(*) desc, link.key
      limit ${limit}`,
  );
  const sources = await loadEntities(
    queries,
    userId,
    rows.map(({ source_id }) => source_id),
  );
  return rows.map(({ key, count, source_id }) => {
    const names = sources.get(EntityId.parse(source_id))?.file?.names?.links ?? [];
    return { name: names.find((name) => linkKeys(name).key === key) ?? key, count: Number(count) };
  });
}
