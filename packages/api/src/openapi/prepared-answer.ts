import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

/** Something that stays as it is, ready to be answered to whoever asks: compressed once. */
export interface PreparedAnswer {
  readonly type: string;
  /** Weak, since it is the same however it is compressed. */
  readonly etag: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly compressed: Uint8Array<ArrayBuffer>;
}

export async function prepareAnswer(text: string, { type }: { type: string }): Promise<PreparedAnswer> {
  const plain = new TextEncoder().encode(text);
  const etag = `W/"${createHash('sha256').update(plain).digest('hex').slice(0, 32)}"`;
  return { type, etag, plain, compressed: new Uint8Array(await compress(plain)) };
}

/** Answers it, unless the asker has it (`If-None-Match`). */
export function answerPrepared({ headers: asked }: Request, prepared: PreparedAnswer): Response {
  const { type, etag, plain, compressed } = prepared;
  const headers = { etag, 'cache-control': 'no-cache', vary: 'accept-encoding' };
  if (asked.get('if-none-match') === etag) return new Response(null, { status: 304, headers });
  const isCompressed = /\bgzip\b/.test(asked.get('accept-encoding') ?? '');
  return new Response(isCompressed ? compressed : plain, {
    headers: { ...headers, 'content-type': type, ...(isCompressed ? { 'content-encoding': 'gzip' } : {}) },
  });
}
