import { findByKeys, loadEntities } from '@synap/database';
import {
  type EntityId,
  type EntityState,
  EntityId as entityIdSchema,
  linkKeys,
  type RelationType,
  SynapError,
  type UserId,
  ValidationFailed,
} from '@synap/domain';
import { linkContext } from '@synap/search';
import { decodeText } from '../content/text-content.ts';
import type { Parts } from '../parts.ts';
import { readState } from '../queries/get-entity.ts';
import { readReferencedFile } from '../queries/read-content.ts';
import { readRelations } from '../queries/read-relations.ts';
import { type EntityView, viewEntity } from '../views.ts';

/** A thing from which something leads to the one that was asked about. */
export interface Backlink {
  entity: EntityView;
  /** Of what kinds the relations are. */
  types: RelationType[];
  /** A link stands in its text. */
  isInContent: boolean;
  /** The words around that link; `null` where none stands in the text, or it cannot be read. */
  snippet: string | null;
}

export interface Backlinks {
  items: Backlink[];
  nextCursor: string | null;
  /** There are more links in texts than are looked up at once. */
  isTruncated: boolean;
}

/**
 * What links to a thing, in a text or by a relation, the newest thing first; not what is in the trash.
 * @throws {NotFound} if the user has no such thing.
 * @throws {ValidationFailed} if the cursor is none of this list.
 */
export async function listBacklinks(
  parts: Parts,
  userId: UserId,
  { id, limit, cursor }: { id: EntityId; limit: number; cursor?: string | undefined },
): Promise<Backlinks> {
  await readState(parts, userId, { id });
  const { relations, isTruncated } = await readRelations(parts, userId, { ids: [id] });
  const leading = relations.filter(({ targetId }) => targetId === id);
  const before = cursor === undefined ? null : readCursor(cursor);
  const sourceIds = [...new Set(leading.map(({ sourceId }) => sourceId))]
    .filter((sourceId) => before === null || sourceId < before)
    .sort()
    .reverse();
  const sources = await loadEntities(parts.database.queries, userId, sourceIds);
  const living = sourceIds.flatMap((sourceId) => {
    const source = sources.get(sourceId);
    return source === undefined || source.deletedAt !== null ? [] : [source];
  });
  const page = living.slice(0, limit);
  const snippets = await readSnippets(parts, userId, { id, sources: page });
  const items = page.map((source) => {
    const from = leading.filter(({ sourceId }) => sourceId === source.id);
    return {
      entity: viewEntity(source),
      types: [...new Set(from.map(({ type }) => type))],
      isInContent: from.some(({ isInContent }) => isInContent),
      snippet: snippets.get(source.id) ?? null,
    };
  });
  const nextCursor = living.length > limit ? (page.at(-1)?.id ?? null) : null;
  return { items, nextCursor, isTruncated };
}

function readCursor(cursor: string): EntityId {
  const { data: id } = entityIdSchema.safeParse(cursor);
  if (id !== undefined) return id;
  throw new ValidationFailed([{ field: 'cursor', message: 'the nextCursor of an answer of this list' }]);
}

async function readSnippets(
  parts: Parts,
  userId: UserId,
  { id, sources }: { id: EntityId; sources: readonly EntityState[] },
): Promise<Map<EntityId, string | null>> {
  const linksOf = ({ file }: EntityState) => (file?.names?.links ?? []).map(linkKeys);
  const keys = sources.flatMap(linksOf).flatMap(({ key, baseKey }) => (baseKey === null ? [key] : [key, baseKey]));
  const targets = await findByKeys(parts.database.queries, userId, keys);
  const snippets = new Map<EntityId, string | null>();
  for (const source of sources) {
    const leadsHere = linksOf(source).filter(
      ({ key, baseKey }) => (targets.get(key) ?? targets.get(baseKey ?? '')) === id,
    );
    const meant = new Set(leadsHere.map(({ key }) => key));
    if (meant.size > 0) snippets.set(source.id, await readSnippet(parts, source, (link) => meant.has(link.key)));
  }
  return snippets;
}

/** The link is there, whether the text around it can be shown or not. */
async function readSnippet(
  { files }: Parts,
  { file }: EntityState,
  isMeant: Parameters<typeof linkContext>[1],
): Promise<string | null> {
  if (file === null) return null;
  try {
    return linkContext(decodeText(await readReferencedFile(files, file.filePath)), isMeant);
  } catch (error) {
    if (error instanceof SynapError) return null;
    throw error;
  }
}
