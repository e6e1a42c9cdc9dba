import { readFile } from 'node:fs/promises';
import type { EntityView } from '@synap/core';
import type { Client } from '../client.ts';
import type { SummedFile } from './local-file.ts';
import { sendInPieces } from './send-in-pieces.ts';

/** How a file is sent, and who is told. */
export interface Sending {
  /** The events of all files that are sent together have it. */
  readonly correlationId: string;
  readonly attachTo: string | undefined;
  /** Told of bytes that have been sent; negative where they were lost again. */
  readonly onBytes: (count: number) => void;
}

/** Below this a file is sent at once: to send it again is cheaper than to ask where it stopped. */
const SENT_AT_ONCE_BYTES = 8 * 1024 * 1024;

/**
 * Sends a file, and gives what it has become. One that was sent before gives the same again.
 * @throws {Refused} if the server will not have it.
 * @throws {NoAnswer} if the server is not to be reached.
 */
export async function sendFile(client: Client, file: SummedFile, sending: Sending): Promise<EntityView> {
  return file.sizeBytes <= SENT_AT_ONCE_BYTES ? sendAtOnce(client, file, sending) : sendInPieces(client, file, sending);
}

async function sendAtOnce(client: Client, file: SummedFile, sending: Sending): Promise<EntityView> {
  const { attachTo, correlationId, onBytes } = sending;
  const query = new URLSearchParams({
    name: file.name,
    checksum: file.checksum,
    ...(attachTo === undefined ? {} : { attachTo }),
  });
  const response = await client.request(`/api/v1/files?${query}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/octet-stream',
      'idempotency-key': file.key,
      'x-correlation-id': correlationId,
    },
    body: await readFile(file.path),
  });
  onBytes(file.sizeBytes);
  return ((await response.json()) as { entity: EntityView }).entity;
}
