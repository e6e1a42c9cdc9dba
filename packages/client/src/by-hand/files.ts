import { jsonOf, send, type WriteOptions, writing } from '../call.ts';
import type { Synap } from '../create-synap.ts';
import type { Output, Schemas } from '../operation-types.ts';

/** A file, and what is said of it. */
export interface FileToKeep {
  readonly file: Blob;
  /** What it is called; left out, the name that it has. */
  readonly name?: string;
  readonly title?: string;
  readonly type?: Schemas['Entity']['type'];
  readonly tags?: readonly string[];
  /** The id of what it belongs to. */
  readonly attachTo?: string;
  /** SHA-256 in hexadecimal: nothing is kept if it is not this. */
  readonly checksum?: string;
}

/**
 * Keeps a file of any kind. It is sent as it is, whatever its size; a file that is to outlive a broken connection is
 * sent piece by piece, by a tus client, to `/api/v1/uploads`.
 *
 * @throws {ProblemError} if the server refuses.
 */
export async function upload(
  synap: Synap,
  { file, tags, ...said }: FileToKeep,
  options: WriteOptions = {},
): Promise<Output<'files.upload'>> {
  const name = said.name ?? ('name' in file && typeof file.name === 'string' ? file.name : undefined);
  const query = new URLSearchParams({
    ...said,
    ...(name === undefined ? {} : { name }),
    ...(tags === undefined ? {} : { tags: tags.join(',') }),
  });
  const { headers, ...rest } = writing(options);
  const response = await send(synap, `/api/v1/files?${query}`, {
    method: 'POST',
    body: file,
    headers: { ...headers, 'content-type': file.type === '' ? 'application/octet-stream' : file.type },
    ...rest,
  });
  return jsonOf(response);
}
