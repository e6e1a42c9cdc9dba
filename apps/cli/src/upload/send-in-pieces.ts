/**
 * The sender's part of the tus protocol (https://tus.io), version 1.0: begin, ask how much has come, send from there.
 *
 * An upload is begun with a key made of the file. Begun again, after this process or the server was killed, it is the
 * same upload, so nothing need be kept on this side. What the server says has come is the truth; what was sent and is
 * not among it is sent again.
 *
 * `tus-js-client` does this too. It opens sockets of its own, where a store that is open in this very process has none,
 * and reads files through streams that it wraps; with both replaced, less of it than this would be left.
 */
import { createReadStream } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { EntityView } from '@synap/core';
import type { Client } from '../client.ts';
import { CommandFailed, NoAnswer, Refused } from '../command-failed.ts';
import type { SummedFile } from './local-file.ts';
import type { Sending } from './send-file.ts';

const PIECE_BYTES = 32 * 1024 * 1024;
/** How long to wait before each attempt, while nothing gets through. */
const DELAYS_MS = [200, 1_000, 3_000, 5_000, 10_000];
const PROTOCOL = { 'tus-resumable': '1.0.0' };
/** Somebody else sends the same file, or a connection that was lost is not given up yet. */
const CONFLICTS = new Set([409, 423]);

/** Sends a file piece by piece, and has it recorded. @throws as `sendFile`. */
export async function sendInPieces(client: Client, file: SummedFile, sending: Sending): Promise<EntityView> {
  const location = await patiently(() => begin(client, file, sending));
  let told = 0;
  const tell = (offset: number): void => {
    sending.onBytes(offset - told);
    told = offset;
  };
  for (let failures = 0; ; ) {
    const before = told;
    tell(await patiently(() => readOffset(client, location)));
    if (told >= file.sizeBytes) break;
    if (told > before) failures = 0;
    try {
      await sendPiece(client, file, { location, offset: told, sending, tell });
    } catch (error) {
      // Whether some of it has come, is asked next; but not for ever.
      failures += 1;
      if (!mayGoWell(error) || failures > DELAYS_MS.length) throw error;
    }
  }
  const headers = { 'x-correlation-id': sending.correlationId };
  const complete = () => client.request(`${location}/complete`, { method: 'POST', headers });
  const response = await patiently(complete);
  return ((await response.json()) as { entity: EntityView }).entity;
}

async function begin(client: Client, file: SummedFile, { correlationId, attachTo }: Sending): Promise<string> {
  const { name: filename, checksum } = file;
  const metadata = { filename, checksum, ...(attachTo === undefined ? {} : { attachTo }) };
  const response = await client.request('/api/v1/uploads', {
    method: 'POST',
    headers: {
      ...PROTOCOL,
      'idempotency-key': file.key,
      'x-correlation-id': correlationId,
      'upload-length': String(file.sizeBytes),
      'upload-metadata': Object.entries(metadata)
        .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
        .join(','),
    },
  });
  const location = response.headers.get('location');
  if (location === null) throw new CommandFailed('The server does not say where to send the file to.');
  return location;
}

async function readOffset(client: Client, location: string): Promise<number> {
  const response = await client.request(location, { method: 'HEAD', headers: PROTOCOL });
  return Number(response.headers.get('upload-offset') ?? 0);
}

interface Piece {
  readonly location: string;
  readonly offset: number;
  readonly sending: Sending;
  readonly tell: (offset: number) => void;
}

async function sendPiece(client: Client, file: SummedFile, { location, offset, sending, tell }: Piece): Promise<void> {
  const end = Math.min(file.sizeBytes, offset + PIECE_BYTES);
  const parts = async function* (): AsyncGenerator<Uint8Array> {
    let at = offset;
    for await (const part of createReadStream(file.path, { start: offset, end: end - 1 })) {
      yield part;
      at += part.byteLength;
      tell(at);
    }
  };
  await client.request(location, {
    method: 'PATCH',
    headers: {
      ...PROTOCOL,
      'content-type': 'application/offset+octet-stream',
      'upload-offset': String(offset),
      'x-correlation-id': sending.correlationId,
    },
    body: ReadableStream.from(parts()),
    duplex: 'half',
  });
}

/** Tries again for a while what may go well the next time. */
async function patiently<Result>(work: () => Promise<Result>): Promise<Result> {
  for (const delayMs of DELAYS_MS) {
    try {
      return await work();
    } catch (error) {
      if (!mayGoWell(error)) throw error;
      await delay(delayMs);
    }
  }
  return work();
}

function mayGoWell(error: unknown): boolean {
  return error instanceof NoAnswer || (error instanceof Refused && CONFLICTS.has(error.status));
}
