import type { Transcriber } from '@synap/ai';
import { findTranscript, loadEntity } from '@synap/database';
import {
  type CorrelationId,
  decideCreate,
  decideCreateRelation,
  EntityId,
  EntityType,
  type EventId,
  type FileReference,
  FileType,
  NotFound,
  RelationId,
  TITLE_MAX_LENGTH,
  Unprocessable,
  type UserId,
} from '@synap/domain';
import { defineWorkflow, FatalError, type Workflow } from '@synap/workflows';
import type { CommandContext } from '../command-context.ts';
import { storeText } from '../content/store-content.ts';
import type { Parts } from '../parts.ts';
import { readReferencedFile, readReferencedParts } from '../queries/read-content.ts';
import type { Change } from '../write/commit.ts';
import { nothingToPrepare, writeOnce } from '../write/write-once.ts';
import { transcriptText } from './transcript-text.ts';
import { TRANSCRIPTION_REQUESTED, transcriptionRequestSchema } from './workflow-events.ts';

const ID = 'transcribe-audio';
/** One at a time: of two recordings with the same content the second finds what was made of the first. */
const RUNS_PER_USER = 1;
const STEP_TIMEOUT_MS = 45 * 60 * 1000;

interface Wanted {
  readonly userId: UserId;
  readonly entityId: EntityId;
  readonly checksum: string;
  readonly eventId: EventId;
  readonly correlationId: CorrelationId;
}

/** The note that says what is said: one that is there already, or one to be made of a stored text. */
type Note = { id: EntityId; file: FileReference | null };

/**
 * Makes a note of what is said in a recording or a film, derived from it: look → transcribe → save. The note is found by its words
 * and can be corrected like any other. What was paid for is kept: the same content is never transcribed twice as long as
 * there is a note of it. That it failed is remembered, for `search.status`.
 */
export function transcribeAudio(parts: Parts, transcriber: Transcriber): Workflow {
  const options = {
    id: ID,
    trigger: TRANSCRIPTION_REQUESTED,
    concurrency: { key: 'data.userId', limit: RUNS_PER_USER },
    stepTimeoutMs: STEP_TIMEOUT_MS,
  };
  const onFailure: Workflow['onFailure'] = async ({ event, step, error }) => {
    const { userId, entityId } = transcriptionRequestSchema.parse(event.data);
    await step.run('record', async () => {
      await parts.index.reportFailure({ userId, entityId, model: parts.embedder.model, reason: error });
      return null;
    });
  };
  return defineWorkflow({ ...options, onFailure }, async ({ event, step }) => {
    const wanted = transcriptionRequestSchema.parse(event.data);
    const recording = await step.run('look', () => findRecording(parts, wanted));
    if (recording === null) return { superseded: true };
    const note = await step.run('transcribe', ({ signal }) =>
      writeDown(parts, transcriber, { wanted, file: recording.file, signal }),
    );
    if (note === null) return { silent: true };
    return step.run('save', async () => {
      const key = `workflow:${event.id}:save`;
      const title = `Transcript of ${recording.title}`.slice(0, TITLE_MAX_LENGTH).trim();
      return { noteId: await save(parts, wanted, { key, note, title, model: transcriber.model }) };
    });
  });
}

async function findRecording(
  { database, soundtracks }: Parts,
  { userId, entityId, checksum }: Wanted,
): Promise<{ title: string; file: FileReference } | null> {
  try {
    const { file, title, deletedAt } = await loadEntity(database.queries, userId, entityId);
    if (deletedAt !== null || file?.checksum !== checksum) return null;
    const isHeard = file.fileType === FileType.audio || (file.fileType === FileType.video && soundtracks !== undefined);
    return isHeard ? { title, file } : null;
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}

async function writeDown(
  parts: Parts,
  transcriber: Transcriber,
  { wanted, file, signal }: { wanted: Wanted; file: FileReference; signal: AbortSignal },
): Promise<Note | null> {
  const { userId, checksum } = wanted;
  const existing = await findTranscript(parts.database.queries, userId, checksum);
  if (existing !== null) return { id: existing, file: null };
  const sound = await soundOf(parts, transcriber, { file, signal });
  const content = sound === null ? '' : transcriptText(await transcriber.transcribe(sound, { signal, userId }));
  if (content === '') return null;
  const id = EntityId.parse(parts.ids.next());
  return { id, file: await storeText(parts, contextOf(wanted), { id, type: EntityType.note, content }) };
}

/** What the transcriber is given: the recording as it is, or what is heard in it; `null` for a film without sound. */
async function soundOf(
  { files, soundtracks }: Parts,
  { model, maxBytes, extensions }: Transcriber,
  { file, signal }: { file: FileReference; signal: AbortSignal },
): Promise<Uint8Array | null> {
  const extension = file.filePath.slice(file.filePath.lastIndexOf('.') + 1);
  if (soundtracks === undefined && file.fileSize > maxBytes) {
    const why = `The recording is larger than the ${maxBytes} bytes that ${model} takes.`;
    throw new FatalError(`${why} Where ffmpeg is installed, it is made smaller first.`);
  }
  const isTaken = file.fileType === FileType.audio && file.fileSize <= maxBytes && extensions.has(extension);
  // Without ffmpeg it is for whoever transcribes to say whether they take it.
  if (soundtracks === undefined || isTaken) return readReferencedFile(files, file.filePath);
  try {
    return await soundtracks.read(await readReferencedParts(files, file, { signal }), { maxBytes, signal });
  } catch (error) {
    // It is the same at the next attempt.
    if (error instanceof Unprocessable) throw new FatalError(error.message);
    throw error;
  }
}

function save(
  parts: Parts,
  wanted: Wanted,
  { key, note, title, model }: { key: string; note: Note; title: string; model: string },
): Promise<EntityId> {
  const { entityId: recordingId, checksum: inputChecksum } = wanted;
  const ai = { model, inputChecksum };
  return writeOnce(
    parts,
    { ...contextOf(wanted), idempotencyKey: key },
    {
      command: 'audio.transcribe',
      request: { recordingId, inputChecksum },
      retry: true,
      prepare: nothingToPrepare,
      decide: async () => {
        const link = { type: 'derived_from', sourceId: note.id, targetId: recordingId } as const;
        const decided = decideCreateRelation(link).map((delta) => ({ delta, ai }));
        const id = RelationId.parse(parts.ids.next());
        const changes: Change[] = [{ aggregate: 'relation', id, before: null, decided }];
        if (note.file !== null) {
          const entity = { type: EntityType.note, title, given: [], file: note.file };
          const created = decideCreate(entity, { now: parts.clock.now() }).map((delta) => ({ delta, ai }));
          changes.unshift({ aggregate: 'entity', id: note.id, before: null, decided: created });
        }
        return { changes, answer: () => note.id };
      },
    },
  );
}

function contextOf({ userId, correlationId, eventId }: Wanted): CommandContext {
  const actor = { kind: 'workflow', id: ID } as const;
  return { userId, actor, source: 'automation', correlationId, causationId: eventId };
}
