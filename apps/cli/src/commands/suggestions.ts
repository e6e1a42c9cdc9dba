import type { SuggestionView } from '@synap/core';
import colors from 'picocolors';
import { v7 } from 'uuid';
import type { CommandEnvironment } from '../command.ts';
import { WrongUsage } from '../command-failed.ts';
import { entityLine, percent, valueWords } from '../output.ts';

/*
 * What analyses were not sure of: listed, accepted, declined.
 */

const PAGE = 200;

export interface SuggestionListOptions {
  status: SuggestionView['status'];
  limit: number;
  cursor?: string;
}

/** `synap suggestions`: what waits for a decision, or was decided. */
export async function listSuggestions(
  { client, output }: CommandEnvironment,
  options: SuggestionListOptions,
): Promise<void> {
  const answer = await client.api.ai.suggestions.list.query(options);
  output.result(answer, [
    ...(answer.items.length === 0 ? ['There is nothing to decide.'] : answer.items.map(suggestionLine)),
    ...(answer.nextCursor === null ? [] : [colors.dim(`more: --cursor ${answer.nextCursor}`)]),
  ]);
}

function suggestionLine({ id, title, field, present, value, confidence, because }: SuggestionView): string {
  const change = present === null ? valueWords(value) : `${valueWords(present)} → ${valueWords(value)}`;
  const reason = because === 'set_by_person' ? 'you chose otherwise' : percent(confidence);
  return [colors.bold(title), `${colors.cyan(field)} ${change}`, colors.dim(reason), colors.dim(id)].join('  ');
}

/** `synap suggestions accept|decline ID…`: all under one correlation id, so that one undo takes all of it back. */
export async function decideSuggestions(
  { client, output }: CommandEnvironment,
  decision: 'accept' | 'decline',
  ids: readonly string[],
  { all }: { all: boolean },
): Promise<void> {
  if (all === ids.length > 0) throw new WrongUsage('Name the suggestions, or all that are open with --all.');
  const chosen = all ? await openSuggestions(client) : ids;
  const correlationId = v7();
  const decided = [];
  for (const id of chosen) {
    const context = { correlationId, idempotencyKey: `${decision}-${id}-${correlationId}` };
    decided.push(await client.api.ai.suggestions[decision].mutate({ id }, { context }));
  }
  output.result({ correlationId, items: decided }, [
    ...(decision === 'accept' ? decided.map(({ entity }) => entityLine(entity)) : []),
    decided.length === 0
      ? 'There is nothing to decide.'
      : `${decided.length} ${decision === 'accept' ? 'accepted' : 'declined'}. To take that back: synap undo ${correlationId}`,
  ]);
}

/** The oldest first; what a thing is before when it is due, which only a task is. */
async function openSuggestions({ api }: CommandEnvironment['client']): Promise<string[]> {
  const found: SuggestionView[] = [];
  for (let cursor: string | null = null; ; ) {
    const page: { items: SuggestionView[]; nextCursor: string | null } = await api.ai.suggestions.list.query({
      limit: PAGE,
      ...(cursor === null ? {} : { cursor }),
    });
    found.push(...page.items);
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  const isType = ({ field }: SuggestionView): number => Number(field === 'type');
  return found
    .reverse()
    .sort((left, right) => isType(right) - isType(left))
    .map(({ id }) => id);
}
