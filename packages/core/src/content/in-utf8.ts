import { TextDecoder } from 'node:util';
import { readStart } from './file-start.ts';

/** So far into a page its `meta` may stand that says how it is written; the standard of HTML says so. */
const DECLARED_WITHIN_BYTES = 1024;
const MARKS: readonly [charset: string, bytes: readonly number[]][] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/**
 * A text from the web, whatever it is written in, as UTF-8: what is kept must be readable for ever. Its encoding is what
 * its byte order mark says, or its content type, or its `meta`; UTF-8 if none does. What no text holds is left out: NUL.
 */
export async function* inUtf8(
  content: AsyncIterable<Uint8Array>,
  { contentType }: { contentType: string },
): AsyncGenerator<Uint8Array> {
  const start = await readStart(content, { headBytes: DECLARED_WITHIN_BYTES });
  try {
    const decoder = decoderOf(start.head, contentType);
    const encoder = new TextEncoder();
    const encode = (text: string) => encoder.encode(text.replaceAll('\0', ''));
    for await (const part of start.content) yield encode(decoder.decode(part, { stream: true }));
    yield encode(decoder.decode());
  } finally {
    await start.close();
  }
}

function decoderOf(head: Uint8Array, contentType: string): TextDecoder {
  const marked = MARKS.find(([, bytes]) => bytes.every((byte, index) => head[index] === byte))?.[0];
  const announced = /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(contentType)?.[1];
  const declared = /<meta[^>]+charset\s*=\s*["']?([\w.:-]+)/i.exec(Buffer.from(head).toString('latin1'))?.[1];
  for (const label of [marked, announced, declared]) {
    if (label === undefined) continue;
    try {
      return new TextDecoder(label);
    } catch (error) {
      // A name that nobody knows says nothing.
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return new TextDecoder();
}
