import { loadEntity, loadEntityForChange } from '@synap/database';
import { decideChangeContent, type EntityState, type FileReference, FileType, PreconditionFailed } from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import { storeText } from '../content/store-content.ts';
import { storeUpload, type UploadedContent } from '../content/store-upload.ts';
import { encodeText } from '../content/text-content.ts';
import type { Parts } from '../parts.ts';
import type { EntityView } from '../views.ts';
import { type EntityChangeInput, refuseOtherVersion, viewOnlyEntity } from '../write/change-entity.ts';
import { type Decision, writeContentOnce, writeOnce } from '../write/write-once.ts';

/*
 * New content of an entity is a new revision; the one before stays where it is. Each command throws `NotFound` for what
 * is not the user's, and `ConcurrencyConflict` if the expected version is not the present one.
 */

interface ContentChangeInput extends EntityChangeInput {
  /** The revision that the caller has seen, as `If-Match` of the content has it. */
  readonly expectedChecksum?: string | undefined;
}

/**
 * Stores a text as the new revision: Markdown, or plain text or HTML where the content was that.
 *
 * @throws {PreconditionFailed} if the present revision is not the expected one.
 * @throws as `storeText`.
 */
export function updateContent(
  parts: Parts,
  context: CommandContext,
  input: ContentChangeInput & { content: string },
): Promise<EntityView> {
  return writeOnce(parts, context, {
    command: UPDATE_COMMAND,
    request: input,
    retry: input.expectedVersion === undefined,
    prepare: async () => {
      const state = await loadForContent(parts, context, input);
      return storeTextAs(parts, context, { state, content: input.content });
    },
    decide: (file) => decideContent(parts, context, { input, file }),
  });
}

/**
 * Stores content of any kind as the new revision.
 *
 * @throws {PreconditionFailed} if the present revision is not the expected one.
 * @throws as `storeUpload`.
 */
export function replaceContent(
  parts: Parts,
  context: CommandContext,
  input: ContentChangeInput & UploadedContent,
): Promise<EntityView> {
  const { id, expectedVersion, expectedChecksum, expected } = input;
  const request = (checksum: string) => ({ id, expectedVersion, expectedChecksum, checksum });
  return writeContentOnce(parts, context, {
    command: UPDATE_COMMAND,
    announced: expected === undefined ? undefined : request(expected.checksum),
    retry: expectedVersion === undefined,
    store: async () => {
      const state = await loadForContent(parts, context, input);
      const owner = { entityId: id, typeOf: () => state.type, present: state.file };
      return storeUpload(parts, context, { owner, upload: input });
    },
    request: ({ file }) => request(file.checksum),
    decide: ({ file }) => decideContent(parts, context, { input, file }),
    // An earlier revision, or a writer at the same time, may have the same content: then it is the same object.
    discard: () => Promise.resolve(),
  });
}

const UPDATE_COMMAND = 'entities.updateContent';

/** The entity, if it is what the caller has seen: nobody should send much content in vain. */
async function loadForContent(
  { database }: Parts,
  { userId }: CommandContext,
  input: ContentChangeInput,
): Promise<EntityState> {
  const state = await loadEntity(database.queries, userId, input.id);
  refuseOtherVersion(state, input.expectedVersion);
  refuseOtherContent(state, input.expectedChecksum);
  return state;
}

async function storeTextAs(
  parts: Parts,
  context: CommandContext,
  { state, content }: { state: EntityState; content: string },
): Promise<FileReference> {
  const { id, type, file: present } = state;
  if (present?.fileType !== FileType.text && present?.fileType !== FileType.html) {
    return storeText(parts, context, { id, type, content });
  }
  const bytes = encodeText(content, { maxBytes: parts.limits.fileMaxBytes[present.fileType] });
  const upload = { content: onePart(bytes), announcedType: `text/${present.fileType === 'html' ? 'html' : 'plain'}` };
  const owner = { entityId: id, typeOf: () => type, present };
  return (await storeUpload(parts, context, { owner, upload })).file;
}

async function* onePart(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function decideContent(
  parts: Parts,
  { userId }: CommandContext,
  { input, file }: { input: ContentChangeInput; file: FileReference },
): Promise<Decision<EntityView>> {
  const { id, expectedVersion, expectedChecksum } = input;
  const before = await loadEntityForChange(parts, userId, id);
  refuseOtherVersion(before.state, expectedVersion);
  refuseOtherContent(before.state, expectedChecksum);
  const decided = decideChangeContent(before.state, file).map((delta) => ({ delta }));
  return { changes: [{ aggregate: 'entity', id, before, decided }], answer: viewOnlyEntity };
}

function refuseOtherContent({ file }: EntityState, expectedChecksum: string | undefined): void {
  if (expectedChecksum === undefined || expectedChecksum === file?.checksum) return;
  throw new PreconditionFailed('The content has changed since you read it. Read it again and repeat the change.');
}
