import { jsonOf, type ReadOptions, send, type WriteOptions, writing } from '../call.ts';
import type { Synap } from '../create-synap.ts';
import type { Output } from '../operation-types.ts';

/** Which revision of the content: that of a version, or that of an instant; left out, the present one. */
export interface Revision {
  readonly version?: number;
  readonly asOf?: string;
}

/**
 * Reads the content: the file itself, as a response whose body has not been read. Its `etag` names the content.
 * @throws {ProblemError} if the server refuses.
 */
export async function content(
  synap: Synap,
  { id, ...revision }: { readonly id: string } & Revision,
  { signal }: ReadOptions = {},
): Promise<Response> {
  const query = new URLSearchParams(
    Object.entries(revision).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const path = `/api/v1/entities/${encodeURIComponent(id)}/content?${query}`;
  return send(synap, path, signal === undefined ? {} : { signal });
}

/**
 * Replaces the content, by text or by a file of any kind.
 *
 * @param input.expectedChecksum the checksum of the content that was read: `precondition_failed` if it is another by now.
 * @param input.name what the file is called.
 * @throws {ProblemError} if the server refuses.
 */
export async function updateContent(
  synap: Synap,
  input: {
    readonly id: string;
    readonly content: string | Blob;
    readonly expectedVersion?: number;
    readonly expectedChecksum?: string;
    readonly name?: string;
  },
  options: WriteOptions = {},
): Promise<Output<'entities.updateContent'>> {
  const { id, content: given, expectedVersion, expectedChecksum, name } = input;
  const isText = typeof given === 'string';
  const query = new URLSearchParams({
    ...(expectedVersion === undefined ? {} : { expectedVersion: String(expectedVersion) }),
    ...(name === undefined || isText ? {} : { name }),
  });
  const { headers, ...rest } = writing(options);
  const response = await send(synap, `/api/v1/entities/${encodeURIComponent(id)}/content?${query}`, {
    method: 'PUT',
    body: isText ? JSON.stringify({ content: given }) : given,
    headers: {
      ...headers,
      'content-type': isText ? 'application/json' : typeOf(given),
      ...(expectedChecksum === undefined ? {} : { 'if-match': `"${expectedChecksum}"` }),
    },
    ...rest,
  });
  return jsonOf(response);
}

function typeOf({ type }: Blob): string {
  return type === '' ? 'application/octet-stream' : type;
}
