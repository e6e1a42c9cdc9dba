import { NotFound } from '@synap/domain';
import { type HmacLinks, type ReadOptions, streamVerified } from '@synap/storage';
import type { Parts } from '../parts.ts';

/** Where a link leads, as its URL says it. */
export interface Link {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Content that a link leads to. */
export interface LinkedContent {
  readonly sizeBytes: number;
  /** Names the content: of one path it is always the same. */
  readonly name: string;
  readonly contentType: string;
  readonly contentDisposition: string;
  /** Read whole it is proven on the way, as `streamVerified` does. */
  read(options: ReadOptions): Promise<AsyncIterable<Uint8Array>>;
}

/**
 * What a link to read allows.
 * @throws {Forbidden} if it was changed, has expired, or is of another server or another kind.
 * @throws {NotFound} if the content was purged since.
 */
export async function openLinked(
  { files, clock }: Parts,
  links: HmacLinks,
  { path, query }: Link,
): Promise<LinkedContent> {
  const { contentType, contentDisposition } = links.verifyRead(path, query, clock.now());
  const found = await files.stat(path);
  if (found === null) throw new NotFound('file at', path);
  return {
    sizeBytes: found.sizeBytes,
    name: nameOf(path),
    contentType,
    contentDisposition,
    read: async (options) =>
      options.range === undefined ? streamVerified(files, path, options) : files.read(path, options),
  };
}

/**
 * Stores what a link allows to store, and nothing else.
 * @returns the name of the content.
 * @throws {Forbidden} as `openLinked`.
 * @throws {ValidationFailed} if the content is not what the link is for.
 */
export async function storeLinked(
  { files, clock }: Parts,
  links: HmacLinks,
  { path, query, content }: Link & { content: AsyncIterable<Uint8Array> },
): Promise<{ name: string }> {
  const { address, checksum, sizeBytes } = links.verifyUpload(path, query, clock.now());
  await files.put({ ...address, content, maxBytes: sizeBytes, expected: { checksum, sizeBytes } });
  return { name: nameOf(path) };
}

/** An object's name is of its checksum, so it names the content as well. */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
