import colors from 'picocolors';
import { v7 } from 'uuid';
import type { CommandEnvironment } from '../command.ts';
import { CommandFailed, WrongUsage } from '../command-failed.ts';
import { entityLine, localTime } from '../output.ts';

/*
 * The commands that look into the past, and those that bring it back.
 */

const CHANGES_LOOKED_AT = 50;

/** `synap changes`: what was done lately, each request, import and run as one. */
export async function changes({ client, output }: CommandEnvironment, { limit }: { limit: number }): Promise<void> {
  const answer = await client.api.history.list.query({ limit });
  output.result(
    answer,
    answer.items.map(({ correlationId, command, actor, endedAt, events, aggregates, undoneBy }) =>
      [
        localTime(endedAt),
        command.padEnd(16),
        `${events} events of ${aggregates} things`,
        ...(undoneBy === null ? [] : [colors.yellow('undone')]),
        colors.dim(`${actor.kind} ${actor.id}`),
        colors.dim(correlationId),
      ].join('  '),
    ),
  );
}

/** `synap undo [CORRELATION_ID]`: left out, the last thing that was done and is not undone yet. */
export async function undo(
  { client, output }: CommandEnvironment,
  id: string | undefined,
  { force }: { force: boolean },
): Promise<void> {
  const correlationId = id ?? (await lastChange(client));
  const context = { idempotencyKey: `undo-${v7()}` };
  const undone = await client.api.history.undo.mutate({ correlationId, force }, { context });
  const { entities, relations } = undone;
  output.result(undone, [
    entities.length + relations.length === 0 && !undone.areTagsRecoloured
      ? 'All is as it was before already.'
      : `Undone: ${entities.length} things and ${relations.length} links. To take that back: synap undo ${undone.undoCorrelationId}`,
    ...entities.map(entityLine),
  ]);
}

async function lastChange({ api }: CommandEnvironment['client']): Promise<string> {
  const { items } = await api.history.list.query({ limit: CHANGES_LOOKED_AT });
  const last = items.find(
    ({ undoes, undoneBy, actor }) => undoes === null && undoneBy === null && actor.kind !== 'system',
  );
  if (last === undefined) throw new CommandFailed('There is nothing to undo. synap changes lists what was done.');
  return last.correlationId;
}

/** `synap revert ID VERSION` */
export async function revert({ client, output }: CommandEnvironment, id: string, version: string): Promise<void> {
  const toVersion = parseVersion(version);
  const context = { idempotencyKey: `revert-${v7()}` };
  const answer = await client.api.entities.revert.mutate({ id, toVersion }, { context });
  output.result(answer, [entityLine(answer.entity)]);
}

/** `synap diff ID FROM TO`: what changed in the text between two versions. */
export async function diff(
  { client, output }: CommandEnvironment,
  id: string,
  from: string,
  to: string,
): Promise<void> {
  const versions = { fromVersion: parseVersion(from), toVersion: parseVersion(to) };
  const answer = await client.api.entities.diff.query({ id, ...versions });
  output.result(answer, answer.diff.trimEnd().split('\n').map(paint));
}

/** `synap purge ID`: out of the trash, for good. */
export async function purge({ client, output }: CommandEnvironment, id: string): Promise<void> {
  const answer = await client.api.entities.purge.mutate({ id });
  output.result(answer, [`Erased for good: what ${answer.events} events said, and ${answer.files} files.`]);
}

function parseVersion(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new WrongUsage(`'${text}' is no version: synap history ID lists them.`);
  return Number(text);
}

function paint(line: string): string {
  if (line.startsWith('+')) return colors.green(line);
  return line.startsWith('-') ? colors.red(line) : line;
}
