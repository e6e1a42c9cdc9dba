import { safeFileName } from '@synap/ai';
import { loadEntity } from '@synap/database';
import {
  decideCreate,
  decideCreateRelation,
  EntityId,
  EntityType,
  type FileReference,
  FileType,
  RelationId,
  Unprocessable,
} from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import { type StoredUpload, storeUpload, type UploadedContent } from '../content/store-upload.ts';
import type { Parts } from '../parts.ts';
import type { EntityView } from '../views.ts';
import { viewOnlyEntity } from '../write/change-entity.ts';
import type { Change } from '../write/commit.ts';
import { writeContentOnce } from '../write/write-once.ts';

/** What is said of a file beside its content. */
export interface UploadDetails {
  /** Left out, the file's name. */
  readonly title?: string | undefined;
  /** What the file is to the person; left out, a note. */
  readonly type?: EntityType | undefined;
  readonly tags?: readonly string[] | undefined;
  /** What it belongs to: that one contains it then. */
  readonly attachTo?: EntityId | undefined;
}

export interface UploadInput extends UploadedContent {
  /**
   * Asked for when all of the content has come, since a form may say it after the file; and before, if the content is
   * `expected` to be known.
   */
  readonly details: () => UploadDetails;
}

/**
 * Keeps a file of any kind as an entity of its own, with whatever it belongs to, in one write. Markdown becomes what
 * `createOfType` would make of it; anything else is an attachment.
 *
 * @throws as `storeUpload`.
 * @throws {NotFound} if it is to belong to something that is not the user's.
 * @throws {Unprocessable} if that is in the trash.
 */
export function uploadFile(parts: Parts, context: CommandContext, input: UploadInput): Promise<EntityView> {
  const { expected } = input;
  const request = (checksum: string) => ({ fileName: input.fileName, ...input.details(), checksum });
  return writeContentOnce(parts, context, {
    command: UPLOAD_COMMAND,
    announced: expected === undefined ? undefined : request(expected.checksum),
    retry: false,
    store: async () => {
      const id = EntityId.parse(parts.ids.next());
      const typeOf = () => input.details().type ?? EntityType.note;
      const owner = { entityId: id, typeOf, present: null };
      return { id, ...(await storeUpload(parts, context, { owner, upload: input })) };
    },
    request: ({ file }) => request(file.checksum),
    decide: async ({ id, ...stored }) => {
      const changes = await decideUpload(parts, context, { id, stored, fileName: input.fileName, ...input.details() });
      return { changes, answer: viewOnlyEntity };
    },
    discard: ({ file }) => parts.files.remove(file.filePath),
  });
}

/** The command of every event that an upload writes, whichever way the content came. */
export const UPLOAD_COMMAND = 'files.upload';

/** The changes that make an entity of stored content, and link it with what it belongs to. */
export async function decideUpload(
  parts: Parts,
  { userId }: CommandContext,
  upload: UploadDetails & { id: EntityId; stored: StoredUpload; fileName: string | undefined },
): Promise<Change[]> {
  const { id, stored, title, type, tags = [], attachTo } = upload;
  const given: ('type' | 'title')[] = [];
  if (type !== undefined) given.push('type');
  if (title !== undefined) given.push('title');
  const entity = { type: type ?? EntityType.note, title: title ?? titleOf(upload), given, file: stored.file, tags };
  const decided = decideCreate(entity, { now: parts.clock.now() }).map((delta) => ({ delta }));
  const changes: Change[] = [{ aggregate: 'entity', id, before: null, decided }];
  if (attachTo === undefined) return changes;
  await refuseParent(parts, { userId, attachTo });
  const link = decideCreateRelation({ type: 'contains', sourceId: attachTo, targetId: id }).map((delta) => ({ delta }));
  changes.push({ aggregate: 'relation', id: RelationId.parse(parts.ids.next()), before: null, decided: link });
  return changes;
}

/**
 * Refuses an upload to what cannot have any.
 * @throws {NotFound} if it is not the user's.
 * @throws {Unprocessable} if it is in the trash.
 */
export async function refuseParent(
  { database }: Parts,
  { userId, attachTo }: { userId: CommandContext['userId']; attachTo: EntityId },
): Promise<void> {
  const parent = await loadEntity(database.queries, userId, attachTo);
  if (parent.deletedAt === null) return;
  throw new Unprocessable(`The ${parent.type} to attach it to is in the trash. Restore it first.`);
}

/** A note needs no extension in its title; a file is known by its whole name. */
function titleOf({ fileName, stored }: { fileName: string | undefined; stored: StoredUpload }): string {
  const { file, ownTitle } = stored;
  const name = fileName === undefined ? '' : safeFileName(fileName, { fallback: '' });
  if (name === '') return ownTitle ?? `${file.fileType}.${extensionOf(file)}`;
  if (file.fileType !== FileType.markdown && file.fileType !== FileType.text) return name;
  return name.replace(/(.)\.(?:md|markdown|mdown|mkdn?|mdwn|txt)$/iu, '$1').trim() || name;
}

function extensionOf({ filePath }: FileReference): string {
  return filePath.slice(filePath.lastIndexOf('.') + 1);
}
