/**
 * A form with a file in it (`multipart/form-data`, RFC 7578), read as it comes.
 *
 * What a form says beside its file may stand behind it. So the file's content ends only when all of the form has come,
 * and is broken off when the form is; whoever has read it to its end knows all fields.
 */
import { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { SynapError, ValidationFailed } from '@synap/domain';
import { streamBody } from '../request/read-body.ts';

/** A form with one file. */
export interface FileForm {
  readonly fileName: string | undefined;
  readonly announcedType: string | undefined;
  /** Read once. */
  readonly content: AsyncIterable<Uint8Array>;
  /** What the form says beside the file so far: all of it once the content has ended. A repeated field is a list. */
  readonly fields: Readonly<Record<string, string | string[]>>;
}

const FILE_FIELD = 'file';
const LIMITS = { files: 2, fields: 200, fieldSize: 16 * 1024, headerPairs: 100 };

interface OpenedFile {
  readonly stream: Readable;
  readonly fileName: string | undefined;
  readonly announcedType: string;
}

/**
 * Reads a form up to its file; the rest of it comes with the content.
 * @throws {ValidationFailed} if it is no form, or has no field `file` with a file.
 */
export async function readFileForm(request: Request): Promise<FileForm> {
  const busboy = openForm(request);
  const source = Readable.from(streamBody(request), { objectMode: false });
  const fields: Record<string, string | string[]> = {};
  let opened: OpenedFile | null = null;
  const fail = (error: Error): void => {
    source.destroy(error);
    opened?.stream.destroy(error);
  };
  busboy.on('field', (name, value, _isNameTruncated, isTruncated) => {
    if (isTruncated) fail(refusal(name, `at most ${LIMITS.fieldSize} bytes`));
    const earlier = Object.hasOwn(fields, name) ? fields[name] : undefined;
    fields[name] = earlier === undefined ? value : [earlier, value].flat();
  });
  busboy.on('fieldsLimit', () => fail(refusal('body', `at most ${LIMITS.fields} fields`)));
  const first = new Promise<OpenedFile>((resolve) => {
    busboy.on('file', (name, stream, fileName, _encoding, announcedType) => {
      // It is heard by whoever reads it; and one that nobody reads must not bring the process down.
      stream.on('error', () => undefined);
      if (name === FILE_FIELD && opened === null) {
        opened = { stream, fileName, announcedType };
        resolve(opened);
      } else fail(refusal(name, 'one file, in the field “file”; send each file in a request of its own'));
    });
  });
  const whole = endOf(source, busboy);
  // Both may fail before anybody waits for them.
  whole.catch(fail);
  const file = await Promise.race([first, whole.then(() => Promise.reject(refusal(FILE_FIELD, 'a file')))]);
  const { fileName, announcedType } = file;
  return { fileName, announcedType, fields, content: contentOf(file, { source, whole }) };
}

function openForm({ headers }: Request): BusboyInstance {
  try {
    return new Busboy({ headers: { 'content-type': headers.get('content-type') ?? '' }, limits: LIMITS });
  } catch (error) {
    throw asRefusal(error);
  }
}

/** Resolves when all of the form has been read. */
function endOf(source: Readable, busboy: BusboyInstance): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(asRefusal(error));
    busboy.once('finish', () => resolve());
    busboy.once('error', fail);
    source.once('error', fail);
    source.pipe(busboy);
  });
}

async function* contentOf(
  { stream }: OpenedFile,
  { source, whole }: { source: Readable; whole: Promise<void> },
): AsyncGenerator<Uint8Array> {
  let isRead = false;
  try {
    for await (const part of stream) yield part;
    await whole;
    isRead = true;
  } catch (error) {
    throw asRefusal(error);
  } finally {
    // Whoever turns away from the file wants nothing of the rest.
    if (!isRead) source.destroy();
  }
}

function asRefusal(error: unknown): SynapError {
  if (error instanceof SynapError) return error;
  return refusal('body', `multipart/form-data, whole; ${error instanceof Error ? error.message : 'this is none'}`);
}

function refusal(field: string, message: string): ValidationFailed {
  return new ValidationFailed([{ field, message }]);
}
