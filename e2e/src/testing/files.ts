import { createHash } from 'node:crypto';
import type { ServerProcess } from './server-process.ts';

/** SHA-256 in hexadecimal. */
export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A film of so many bytes, of which only the beginning is looked at. */
export function aFilm(sizeBytes: number, fill = 7): Buffer {
  const start = Buffer.from('\0\0\0\u0018ftypisom\0\0\u0002\0isomiso2', 'latin1');
  return Buffer.concat([start, Buffer.alloc(sizeBytes - start.byteLength, fill)]);
}

/** `POST /api/v1/files` with a form, as a browser sends it; `fields` come behind the file. */
export async function uploadForm(
  server: ServerProcess,
  file: { content: Uint8Array; name: string; type?: string },
  { fields = {}, headers = {} }: { fields?: Record<string, string>; headers?: Record<string, string> } = {},
) {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(file.content)], { type: file.type ?? '' }), file.name);
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return answerOf(await server.fetch('/api/v1/files', { method: 'POST', body: form, headers }));
}

/** `POST /api/v1/files` with the file as the body. */
export async function uploadBody(
  server: ServerProcess,
  content: Uint8Array,
  { query = '', headers = {} }: { query?: string; headers?: Record<string, string> } = {},
) {
  return answerOf(
    await server.fetch(`/api/v1/files${query}`, { method: 'POST', body: new Uint8Array(content), headers }),
  );
}

async function answerOf(response: Response) {
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text), headers: response.headers };
}
