import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../client.ts';
import { CommandFailed } from '../command-failed.ts';
import type { Sending } from './send-file.ts';

/** How long a person waits for a page; a server goes on without them. */
const PATIENCE_MS = 60_000;
const POLL_INTERVAL_MS = 100;

/** Whether this is the address of a web page, and no path. */
export function isAddress(root: string): boolean {
  return /^https?:\/\//i.test(root);
}

/**
 * Keeps a web page, and waits until it is fetched. One that was kept before is the same again; one that could not be had
 * then gives way to a new attempt.
 *
 * @throws {CommandFailed} with the reason if it cannot be had; its address is kept all the same.
 */
export async function keepPage(client: Client, url: string, sending: Sending): Promise<{ id: string; title: string }> {
  const key = createHash('sha256')
    .update(JSON.stringify([url, sending.attachTo ?? '']))
    .digest('hex');
  let id = await request(client, url, { ...sending, idempotencyKey: key });
  if ((await outcomeOf(client, id))?.type === 'page.fetch_failed') {
    await client.api.entities.delete.mutate({ id }, { context: { correlationId: sending.correlationId } });
    id = await request(client, url, { ...sending, idempotencyKey: randomUUID() });
  }
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const outcome = await outcomeOf(client, id);
    if (outcome?.type === 'page.fetch_failed') throw new CommandFailed(outcome.description);
    if (outcome !== undefined) break;
    await delay(POLL_INTERVAL_MS);
  }
  const { title } = (await client.api.entities.get.query({ id })).entity;
  return { id, title };
}

async function request(
  client: Client,
  url: string,
  { attachTo, correlationId, idempotencyKey }: Sending & { idempotencyKey: string },
): Promise<string> {
  const input = { url, ...(attachTo === undefined ? {} : { attachTo }) };
  const { entity } = await client.api.pages.fromUrl.mutate(input, { context: { correlationId, idempotencyKey } });
  return entity.id;
}

/** What became of the fetching; `undefined` as long as nothing has. */
async function outcomeOf(client: Client, id: string) {
  const { items } = await client.api.entities.history.query({ id });
  return items.findLast(({ type }) => type === 'page.fetched' || type === 'page.fetch_failed');
}
