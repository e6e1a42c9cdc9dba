import type { ByteRange, ReadOptions } from '@synap/core';
import { type Problem, problemResponse } from '../errors/problem.ts';
import { parseRange } from './byte-range.ts';

/** A stored file that is to be answered. */
export interface FileToAnswer {
  readonly sizeBytes: number;
  /** Names the content, as SHA-256 does. */
  readonly checksum: string;
  readonly contentType: string;
  readonly contentDisposition: string;
  /** Whether a browser may open it without being kept from running what is in it. */
  readonly isPassive: boolean;
  read(options: ReadOptions): Promise<AsyncIterable<Uint8Array>>;
}

/**
 * Answers a file or a part of it, as `If-None-Match`, `Range` and `If-Range` say (RFC 9110), streamed from the store.
 * Whatever it holds, a browser that opens it runs nothing of it as this server's own.
 */
export async function answerFile(request: Request, file: FileToAnswer): Promise<Response> {
  const etag = `"${file.checksum}"`;
  const headers: Record<string, string> = {
    etag,
    'cache-control': 'private, no-cache',
    'x-content-type-options': 'nosniff',
    'accept-ranges': 'bytes',
  };
  if (namesEtag(request.headers.get('if-none-match'), etag)) return new Response(null, { status: 304, headers });
  const range = wantedRange(request, { etag, sizeBytes: file.sizeBytes });
  if (range === 'none') return unsatisfiable(file.sizeBytes);
  Object.assign(headers, harmless(file));
  const { start, end } = range === 'all' ? { start: 0, end: file.sizeBytes } : range;
  headers['content-length'] = String(end - start);
  if (range !== 'all') headers['content-range'] = `bytes ${start}-${end - 1}/${file.sizeBytes}`;
  const content = await file.read({ ...(range === 'all' ? {} : { range }), signal: request.signal });
  const body = request.method === 'HEAD' ? null : ReadableStream.from(content);
  return new Response(body, { status: range === 'all' ? 200 : 206, headers });
}

/** What is active is only downloaded; and if it is opened all the same, it runs nothing and belongs nowhere. */
function harmless({ contentType, contentDisposition, isPassive }: FileToAnswer): Record<string, string> {
  return {
    'content-type': contentType,
    'content-disposition': contentDisposition,
    ...(isPassive ? {} : { 'content-security-policy': "sandbox; default-src 'none'" }),
  };
}

/** A part is of use only to whoever has the rest of the same content. */
function wantedRange(
  { headers }: Request,
  { etag, sizeBytes }: { etag: string; sizeBytes: number },
): ByteRange | 'all' | 'none' {
  const ifRange = headers.get('if-range')?.trim();
  if (ifRange !== undefined && ifRange !== etag) return 'all';
  return parseRange(headers.get('range') ?? undefined, sizeBytes);
}

function unsatisfiable(sizeBytes: number): Response {
  const problem: Problem = {
    type: 'about:blank',
    title: 'No such part',
    status: 416,
    detail: `The content has ${sizeBytes} bytes; the range begins beyond them.`,
    code: 'validation_failed',
    fields: [{ field: 'Range', message: `within ${sizeBytes} bytes` }],
  };
  return problemResponse(problem, { 'content-range': `bytes */${sizeBytes}` });
}

function namesEtag(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return header.split(',').some((entry) => ['*', etag, `W/${etag}`].includes(entry.trim()));
}
