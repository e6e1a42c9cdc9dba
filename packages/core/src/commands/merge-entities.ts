import { findRelation, listRelationsOf, loadEntity, loadEntityForChange, loadRelationForChange } from '@synap/database';
import {
  allTags,
  decideAddTag,
  decideChangeContent,
  decideCreateRelation,
  decideDelete,
  decideDeleteRelation,
  type EntityDelta,
  type EntityId,
  type EntityState,
  type FileReference,
  PreconditionFailed,
  RelationId,
  type RelationState,
  RelationType,
  Unprocessable,
  UnsupportedType,
} from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import { storeText } from '../content/store-content.ts';
import { decodeText } from '../content/text-content.ts';
import type { Parts } from '../parts.ts';
import { readReferencedFile } from '../queries/read-content.ts';
import { isReadAsItStands } from '../queries/search.ts';
import { type EntityView, viewEntity } from '../views.ts';
import { type EntityChangeInput, refuseOtherVersion } from '../write/change-entity.ts';
import type { RelationChange } from '../write/commit.ts';
import { writeOnce } from '../write/write-once.ts';

/** What becomes of the duplicate's content: it stays with the duplicate, or is appended to that of the one kept. */
export const MergedContent = { keep: 'keep', append: 'append' } as const;
export type MergedContent = (typeof MergedContent)[keyof typeof MergedContent];

export interface MergeInput extends EntityChangeInput {
  readonly duplicateId: EntityId;
  readonly content: MergedContent;
}

/** What a merge left. */
export interface Merged {
  entity: EntityView;
  /** In the trash now. */
  duplicate: EntityView;
}

/** Stands between what was there and what is appended. */
const SEPARATOR = '\n\n---\n\n';

/**
 * Makes one of two: the kept one gets the duplicate's tags and relations, the duplicate goes into the trash with a
 * `duplicates` relation to the kept one. All of it are ordinary events under one correlation id, so that an undo takes
 * all of it back.
 *
 * @throws {NotFound} if either is not the user's.
 * @throws {ConcurrencyConflict} if the one kept is not at the expected version.
 * @throws {Unprocessable} if both are the same, or either is in the trash.
 * @throws {UnsupportedType} if content is to be appended that is no text.
 * @throws {PreconditionFailed} if the content of either changes meanwhile.
 */
export function mergeEntities(parts: Parts, context: CommandContext, input: MergeInput): Promise<Merged> {
  const { id, duplicateId, expectedVersion } = input;
  const { userId } = context;
  return writeOnce(parts, context, {
    command: 'entities.merge',
    request: input,
    retry: expectedVersion === undefined,
    prepare: () => prepareContent(parts, context, input),
    decide: async (appended) => {
      const kept = await loadEntityForChange(parts, userId, id);
      const duplicate = await loadEntityForChange(parts, userId, duplicateId);
      refuseOtherVersion(kept.state, expectedVersion);
      refuse(kept.state, duplicate.state);
      refuseChanged(appended, { kept: kept.state, duplicate: duplicate.state });
      const deltas = [
        // Those that stand in a text come with it.
        ...joinTags(kept.state, appended === null ? allTags(duplicate.state) : duplicate.state.tags),
        ...(appended === null ? [] : decideChangeContent(kept.state, appended.file)),
      ];
      return {
        changes: [
          { aggregate: 'entity', id, before: kept, decided: deltas.map((delta) => ({ delta })) },
          {
            aggregate: 'entity',
            id: duplicateId,
            before: duplicate,
            decided: decideDelete(duplicate.state).map((delta) => ({ delta })),
          },
          ...(await moveRelations(parts, context, input)),
        ],
        answer: ({ entities: [entity, merged] }) => {
          if (entity === undefined || merged === undefined)
            throw new Error('A merge has two things, and one is missing.');
          return { entity: viewEntity(entity), duplicate: viewEntity(merged) };
        },
      };
    },
  });
}

/** @throws {Unprocessable} if it would have more tags than it may have. */
function joinTags(state: EntityState, others: readonly string[]): EntityDelta[] {
  const tags = [...state.tags];
  return others.flatMap((tag) => {
    const deltas = decideAddTag({ ...state, tags }, tag);
    if (deltas.length > 0) tags.push(tag);
    return deltas;
  });
}

/** The content of both as one, stored, with the revisions that it was made of. */
interface AppendedContent {
  readonly file: FileReference;
  readonly keptChecksum: string | undefined;
  readonly duplicateChecksum: string;
}

async function prepareContent(
  parts: Parts,
  context: CommandContext,
  { id, duplicateId, content }: MergeInput,
): Promise<AppendedContent | null> {
  const { queries } = parts.database;
  const kept = await loadEntity(queries, context.userId, id);
  const duplicate = await loadEntity(queries, context.userId, duplicateId);
  refuse(kept, duplicate);
  if (content === MergedContent.keep || duplicate.file === null) return null;
  const texts = [kept.file, duplicate.file].filter((file) => file !== null);
  if (!texts.every(isReadAsItStands)) {
    throw new UnsupportedType('Only notes and plain text can be appended to each other. Merge with the content kept.');
  }
  const contents = await Promise.all(
    texts.map(async ({ filePath }) => decodeText(await readReferencedFile(parts.files, filePath))),
  );
  const file = await storeText(parts, context, { id, type: kept.type, content: contents.join(SEPARATOR) });
  return { file, keptChecksum: kept.file?.checksum, duplicateChecksum: duplicate.file.checksum };
}

function refuse(kept: EntityState, duplicate: EntityState): void {
  if (kept.id === duplicate.id)
    throw new Unprocessable('A thing cannot be merged with itself. Name two different ids.');
  for (const { type, id, deletedAt } of [kept, duplicate]) {
    if (deletedAt !== null) throw new Unprocessable(`The ${type} ${id} is in the trash. Restore it first.`);
  }
}

function refuseChanged(
  appended: AppendedContent | null,
  { kept, duplicate }: { kept: EntityState; duplicate: EntityState },
): void {
  if (appended === null) return;
  const isSame =
    appended.keptChecksum === kept.file?.checksum && appended.duplicateChecksum === duplicate.file?.checksum;
  if (!isSame) throw new PreconditionFailed('The content of one of them has just changed. Repeat the merge.');
}

/** The duplicate's relations, from the kept one; without those that would be there twice or lead to itself. */
async function moveRelations(
  parts: Parts,
  { userId }: CommandContext,
  { id, duplicateId }: MergeInput,
): Promise<RelationChange[]> {
  const { queries } = parts.database;
  const changes: RelationChange[] = [];
  const links: Link[] = [{ type: RelationType.duplicates, sourceId: duplicateId, targetId: id }];
  const swap = (end: EntityId): EntityId => (end === duplicateId ? id : end);
  for (const relation of await listRelationsOf(queries, userId, [duplicateId])) {
    if (isSameLink(relation, links[0])) continue;
    const before = await loadRelationForChange(parts, userId, relation.id);
    const decided = decideDeleteRelation(before.state).map((delta) => ({ delta }));
    changes.push({ aggregate: 'relation', id: relation.id, before, decided });
    links.push({ type: relation.type, sourceId: swap(relation.sourceId), targetId: swap(relation.targetId) });
  }
  for (const [index, link] of links.entries()) {
    const isRepeated = links.slice(0, index).some((earlier) => isSameLink(earlier, link));
    if (link.sourceId === link.targetId || isRepeated || (await findRelation(queries, userId, link)) !== null) continue;
    const decided = decideCreateRelation(link).map((delta) => ({ delta }));
    changes.push({ aggregate: 'relation', id: RelationId.parse(parts.ids.next()), before: null, decided });
  }
  return changes;
}

type Link = Pick<RelationState, 'type' | 'sourceId' | 'targetId'>;

function isSameLink(left: Link, right: Link | undefined): boolean {
  return left.type === right?.type && left.sourceId === right.sourceId && left.targetId === right.targetId;
}
