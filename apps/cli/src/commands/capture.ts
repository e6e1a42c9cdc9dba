import { setTimeout as delay } from 'node:timers/promises';
import type { EntityView } from '@synap/core';
import type { Client } from '../client.ts';
import type { CommandEnvironment } from '../command.ts';
import { WrongUsage } from '../command-failed.ts';
import { entityLine } from '../output.ts';
import { readStandardInput } from '../standard-input.ts';

/** How long a person waits for the enrichment; it goes on without them. */
const PATIENCE_MS = 10_000;
const POLL_INTERVAL_MS = 50;

/** `synap capture TEXT…`: takes in a thought, and shows what it turned out to be. */
export async function capture(
  { client, output }: CommandEnvironment,
  words: readonly string[],
  { wait }: { wait: boolean },
): Promise<void> {
  const content = words.length > 0 ? words.join(' ') : await readStandardInput();
  if (content === null) throw new WrongUsage('Nothing to capture: give the text as arguments or on standard input.');
  const { timeZone: timezone } = Intl.DateTimeFormat().resolvedOptions();
  const { entity: captured } = await client.api.capture.thought.mutate({ content, timezone });
  const entity = wait ? await enriched(client, captured) : captured;
  output.result({ entity }, [entityLine(entity)]);
}

/** The entity once its enrichment has ended, or as it is when patience has. */
async function enriched({ api, settle }: Client, captured: EntityView): Promise<EntityView> {
  const { id } = captured;
  const deadline = Date.now() + PATIENCE_MS;
  if (settle !== null) await settle();
  for (;;) {
    const { items } = await api.entities.history.query({ id });
    const isEnriched = items.some(({ type }) => type === 'ai.enrichment_applied');
    if (isEnriched || Date.now() > deadline) return (await api.entities.get.query({ id })).entity;
    await delay(POLL_INTERVAL_MS);
  }
}
