/**
 * Direct uploads: the sender puts a file into the store itself, with a signed request that is good for nothing but this
 * content, and then has it recorded.
 *
 * Nothing is kept about an upload that has begun. Its id carries all that is to be known of it, sealed. What it puts lies
 * under `attachments` of an entity that is not there yet, where the file is to stay; so one that is never completed is an
 * object that no event names, and goes when such objects go, a day after it was put. An id is taken for half a day: an
 * object cannot be swept while it can still be completed. To complete twice is to complete once.
 */
import { detectFileKind, FILE_HEAD_BYTES, mediaTypeOf, safeFileName } from '@synap/ai';
import {
  checksumSchema,
  EntityId,
  EntityType,
  entityTypeSchema,
  FileType,
  Forbidden,
  NotFound,
  SynapError,
  TooLarge,
  Unavailable,
  Unprocessable,
  UserId,
} from '@synap/domain';
import { type FileAddress, filePath } from '@synap/storage';
import * as z from 'zod';
import type { CommandContext } from '../command-context.ts';
import { decideUpload, refuseParent, UPLOAD_COMMAND, type UploadDetails } from '../commands/upload-file.ts';
import { readStart } from '../content/file-start.ts';
import { heldTo } from '../content/held-to.ts';
import { asKept, describeStored, type StoredUpload, storeUpload } from '../content/store-upload.ts';
import type { Parts } from '../parts.ts';
import type { EntityView } from '../views.ts';
import { viewOnlyEntity } from '../write/change-entity.ts';
import { writeContentOnce } from '../write/write-once.ts';

export interface DirectUploadInput extends UploadDetails {
  readonly name: string;
  readonly sizeBytes: number;
  /** SHA-256 in lower-case hexadecimal. */
  readonly checksum: string;
}

/** How a file is to be sent. */
export interface DirectUpload {
  /** To be given back when the file is sent. */
  uploadId: string;
  url: string;
  method: 'PUT';
  headers: Readonly<Record<string, string>>;
  /** Until when it can be sent. */
  expiresAt: string;
}

const SEND_WITHIN_SECONDS = 60 * 60;
const COMPLETE_WITHIN_MS = 12 * 60 * 60 * 1000;
const PURPOSE = 'direct upload';

const ticketSchema = z.object({
  userId: UserId,
  entityId: EntityId,
  name: z.string(),
  extension: z.string(),
  sizeBytes: z.int(),
  checksum: checksumSchema,
  title: z.string().optional(),
  type: entityTypeSchema.optional(),
  tags: z.array(z.string()).optional(),
  attachTo: EntityId.optional(),
  expiresAt: z.int(),
});
type Ticket = z.infer<typeof ticketSchema>;

/**
 * Allows a file to be sent into the store.
 * @throws {TooLarge} if no file may be so large.
 * @throws {NotFound | Unprocessable} as `uploadFile`, of what it is to belong to.
 */
export async function createUpload(
  parts: Parts,
  { userId }: CommandContext,
  input: DirectUploadInput,
): Promise<DirectUpload> {
  const { sizeBytes, checksum } = input;
  await admitUpload(parts, userId, input);
  const now = parts.clock.now();
  const name = safeFileName(input.name);
  const entityId = EntityId.parse(parts.ids.next());
  const extension = /\.([a-z0-9]{1,10})$/i.exec(name)?.[1]?.toLowerCase() ?? 'bin';
  const { url, method, headers } = await parts.links.signUpload({
    ...addressOf({ userId, entityId, extension }),
    checksum,
    sizeBytes,
    contentType: mediaTypeOf(extension),
    expiresInSeconds: SEND_WITHIN_SECONDS,
    now,
  });
  const ticket = { ...input, name, userId, entityId, extension, expiresAt: now.getTime() + COMPLETE_WITHIN_MS };
  const uploadId = parts.tokens.seal(PURPOSE, ticket);
  const expiresAt = new Date(now.getTime() + SEND_WITHIN_SECONDS * 1000).toISOString();
  return { uploadId, url, method, headers, expiresAt };
}

/**
 * Refuses an upload that could not be recorded in the end, before anything of it is sent.
 * @throws {TooLarge} if no file may be so large.
 * @throws {NotFound | Unprocessable} as `uploadFile`, of what it is to belong to.
 */
export async function admitUpload(
  parts: Parts,
  userId: UserId,
  { sizeBytes, attachTo }: { sizeBytes: number; attachTo?: EntityId | undefined },
): Promise<void> {
  const maxBytes = Math.max(...Object.values(parts.limits.fileMaxBytes));
  if (sizeBytes > maxBytes) throw new TooLarge(maxBytes);
  await parts.quota?.check(userId, { items: 1, bytes: sizeBytes });
  if (attachTo !== undefined) await refuseParent(parts, { userId, attachTo });
}

/**
 * Records a file that was sent: looks at all of it, and makes an entity of it.
 *
 * @throws {Forbidden} if the id is none that this server gave out, or too old.
 * @throws {NotFound} if it was given to somebody else.
 * @throws {Unprocessable} if nothing has been sent.
 * @throws as `uploadFile`; what was sent is removed then, where it is to blame.
 */
export function completeUpload(
  parts: Parts,
  context: CommandContext,
  { uploadId }: { uploadId: string },
): Promise<EntityView> {
  const ticket = readTicket(parts, context, uploadId);
  const { entityId: id, name: fileName, title, type, tags, attachTo, checksum } = ticket;
  const request = { fileName, title, type, tags, attachTo, checksum };
  const sentPath = filePath({ ...addressOf(ticket), checksum });
  return writeContentOnce(
    parts,
    { ...context, idempotencyKey: `upload:${id}` },
    {
      command: UPLOAD_COMMAND,
      announced: request,
      retry: false,
      store: () => adopt(parts, context, { ticket, sentPath }),
      request: () => request,
      decide: async (stored) => {
        const changes = await decideUpload(parts, context, { id, stored, fileName, title, type, tags, attachTo });
        return { changes, answer: viewOnlyEntity };
      },
      // What was sent stays for another attempt; the sweeper knows when there can be none.
      discard: () => Promise.resolve(),
    },
  );
}

function readTicket(parts: Parts, { userId }: CommandContext, uploadId: string): Ticket {
  const ticket = ticketSchema.parse(parts.tokens.open(PURPOSE, uploadId));
  if (ticket.userId !== userId) throw new NotFound('upload', uploadId.slice(0, 40));
  if (ticket.expiresAt <= parts.clock.now().getTime()) {
    throw new Forbidden('The upload has expired. Begin it anew with files.createUpload.');
  }
  return ticket;
}

/** Takes what was sent as it is; where it is not what its name says, it is stored anew as what it is. */
async function adopt(
  parts: Parts,
  context: CommandContext,
  { ticket, sentPath }: { ticket: Ticket; sentPath: string },
): Promise<StoredUpload> {
  try {
    return await lookThrough(parts, context, { ticket, sentPath });
  } catch (error) {
    // It will never be accepted; and as its entity is not there, nothing else can name it.
    if (error instanceof SynapError && !(error instanceof Unavailable)) await parts.files.remove(sentPath);
    throw error;
  }
}

async function lookThrough(
  parts: Parts,
  context: CommandContext,
  { ticket, sentPath }: { ticket: Ticket; sentPath: string },
): Promise<StoredUpload> {
  const { entityId, name: fileName, extension, sizeBytes, checksum, type = EntityType.note } = ticket;
  const expected = { sizeBytes, checksum };
  const start = await readStart(
    heldTo(await readSent(parts, sentPath), () => expected),
    {
      headBytes: FILE_HEAD_BYTES,
    },
  );
  try {
    const kind = asKept(await detectFileKind(start.head, { fileName, isComplete: start.isComplete }), null);
    if (kind.kind === FileType.markdown || kind.extension !== extension) {
      const owner = { entityId, typeOf: () => type, present: null };
      return await storeUpload(parts, context, { owner, upload: { content: start.content, fileName, expected } });
    }
    const maxBytes = parts.limits.fileMaxBytes[kind.kind];
    if (sizeBytes > maxBytes) throw new TooLarge(maxBytes);
    for await (const _ of start.content);
    return await describeStored(parts, { path: sentPath, ...expected }, { kind, isNew: true });
  } finally {
    await start.close();
  }
}

async function readSent({ files }: Parts, path: string): Promise<AsyncIterable<Uint8Array>> {
  try {
    return await files.read(path);
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    throw new Unprocessable('The file has not been sent yet. Send it as files.createUpload said, then complete it.');
  }
}

function addressOf({ userId, entityId, extension }: Pick<Ticket, 'userId' | 'entityId' | 'extension'>): FileAddress {
  return { userId, folder: 'attachments', entityId, extension };
}
