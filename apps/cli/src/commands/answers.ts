import type { EntityView } from '@synap/core';
import colors from 'picocolors';
import type { CommandEnvironment } from '../command.ts';
import { WrongUsage } from '../command-failed.ts';
import { entityLine } from '../output.ts';

/*
 * The commands that find and answer.
 */

export interface SearchOptions {
  status: boolean;
  mode: 'hybrid' | 'semantic' | 'text';
  type?: EntityView['type'];
  tag?: string;
  asOf?: string;
  limit: number;
  explain?: true;
  whyNot?: string;
}

/** `synap search QUERY`; with `--status`, what of all can be found. */
export async function search(
  { client, output }: CommandEnvironment,
  words: readonly string[],
  { status, ...options }: SearchOptions,
): Promise<void> {
  if (status) return searchStatus(client, output);
  if (words.length === 0) throw new WrongUsage('What is to be found? Give some words, or --status.');
  const answer = await client.api.search.query.query({ q: words.join(' '), ...options });
  const isFound = answer.items.length > 0;
  const hits = (isFound ? answer.items : answer.closest).flatMap((hit) => [
    `${colors.dim(hit.score.toFixed(2))}  ${entityLine(hit.entity)}`,
    `      ${hit.snippet.replace(/\s+/g, ' ')}`,
    ...(options.explain === undefined ? [] : [`      ${colors.dim(whyLine(hit.why))}`]),
  ]);
  const head = isFound ? [] : [hits.length === 0 ? 'Nothing found.' : 'Nothing found. What comes closest:'];
  const explanation = answer.explanation === undefined ? [] : explanationLines(answer.explanation);
  output.result(answer, [...head, ...hits, ...explanation]);
}

async function searchStatus(client: CommandEnvironment['client'], output: CommandEnvironment['output']): Promise<void> {
  const answer = await client.api.search.status.query({});
  const lines = answer.items.flatMap(({ model, status, indexed, pending, failed, chunks, failures }) => [
    `${status === 'live' ? 'answering' : 'being made'}  ${model}: ${indexed} indexed (${chunks} chunks), ${pending} pending, ${failed} failed`,
    ...failures.map(({ entityId, reason }) => `  ✗ ${entityId}  ${reason}`),
  ]);
  output.result(answer, [answer.index, ...(lines.length === 0 ? ['Nothing is indexed yet.'] : lines)]);
}

type Answer = Awaited<ReturnType<CommandEnvironment['client']['api']['search']['query']['query']>>;
type Why = Answer['items'][number]['why'];
type Explanation = NonNullable<Answer['explanation']>;

function whyLine({ chunk, similarity, wordBonus, coverage, words }: Why): string {
  return [
    `chunk ${chunk.index} (bytes ${chunk.start} to ${chunk.end})`,
    similarity === null ? 'no meaning' : `meaning ${similarity.toFixed(2)}`,
    `words +${wordBonus.toFixed(2)} (${Math.round(coverage * 100)} % of the rare ones${words.length === 0 ? '' : `: ${words.join(', ')}`})`,
  ].join(' · ');
}

function explanationLines({ words, candidates, answerThreshold, whyNot }: Explanation): string[] {
  const named = words.map(({ word, rarity, isKnown }) =>
    isKnown ? `${word} ${rarity.toFixed(1)}` : `${word} (in no note)`,
  );
  return [
    '',
    `words by rarity: ${named.length === 0 ? 'none that count' : named.join(', ')}`,
    `weighed: ${candidates.chunks} chunks of ${candidates.entities} things; an answer has ${answerThreshold} or more`,
    ...(whyNot === null ? [] : [`${whyNot.entityId}: ${whyNot.message}`]),
    ...(whyNot?.best ? [`  ${whyLine(whyNot.best)}`] : []),
  ];
}

interface Source {
  number: number;
  title: string;
  entityId: string;
  version: number;
  start: number;
  end: number;
  quote: string;
}

/** `synap ask QUESTION` */
export async function ask({ client, output, isJson }: CommandEnvironment, words: readonly string[]): Promise<void> {
  const messages = await client.api.ai.ask.mutate({ question: words.join(' ') }, { context: { isLong: true } });
  const sources: Source[] = [];
  const said: { text: string; citations: number[] }[] = [];
  const lines: string[] = [];
  let kind: string | null = null;
  let closest: { entityId: string; title: string }[] = [];
  for await (const message of messages) {
    if (message.type === 'citation') sources.push(message);
    else if (message.type === 'text') {
      said.push({ text: message.text, citations: message.citations });
      lines.push(`${message.text} ${colors.dim(message.citations.map((number) => `[${number}]`).join(''))}`);
    } else if (message.type === 'done') kind = message.kind;
    else if (message.type === 'no-answer') {
      closest = message.closest;
      lines.push(message.message);
    }
  }
  const value = {
    answer: said.length === 0 ? null : said.map(({ text }) => text).join(' '),
    kind,
    parts: said,
    citations: sources,
    closest,
  };
  output.result(isJson ? value : null, [
    ...lines,
    ...(kind === 'extractive' ? [colors.dim('(sentences of your notes, word for word)')] : []),
    ...(sources.length + closest.length === 0 ? [] : ['']),
    ...sources.map(sourceLine),
    ...closest.map(({ title, entityId }) => `closest: ${colors.bold(title)}  ${colors.dim(entityId)}`),
  ]);
}

function sourceLine({ number, title, entityId, version, start, end }: Source): string {
  return `[${number}] ${colors.bold(title)}  ${colors.dim(`${entityId}, version ${version}, bytes ${start} to ${end}`)}`;
}

/** `synap related ID` */
export async function related({ client, output }: CommandEnvironment, id: string, limit: number): Promise<void> {
  const answer = await client.api.entities.related.query({ id, limit });
  const lines = answer.items.flatMap(({ entity, score, why }) => [
    `${colors.dim(score.toFixed(2))}  ${entityLine(entity)}`,
    `      ${why.map((one) => (one.kind === 'link' ? `${one.direction} ${one.type}` : `meaning ${one.similarity.toFixed(2)}`)).join(', ')}`,
  ]);
  output.result(answer, lines.length === 0 ? ['Nothing belongs to it so far.'] : lines);
}

const PAGE_SIZE = 100;

/** `synap duplicates` */
export async function duplicates({ client, output }: CommandEnvironment): Promise<void> {
  type Pair = Awaited<ReturnType<typeof client.api.entities.duplicates.query>>['items'][number];
  const pairs = new Map<string, Pair>();
  let cursor: string | undefined;
  do {
    const page = await client.api.entities.duplicates.query({
      limit: PAGE_SIZE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const pair of page.items) pairs.set(`${pair.entity.id} ${pair.duplicate.id}`, pair);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  const items = [...pairs.values()];
  const lines = items.flatMap(({ entity, duplicate, overlap }) => [
    entityLine(entity),
    `${entityLine(duplicate)}  ${colors.dim(`${Math.round(overlap * 100)} % the same`)}`,
    `      synap merge ${entity.id} ${duplicate.id}`,
  ]);
  output.result({ items, nextCursor: null }, lines.length === 0 ? ['Nothing is there twice.'] : lines);
}

/** `synap merge ID DUPLICATE` */
export async function merge(
  { client, output }: CommandEnvironment,
  [id = '', duplicateId = '']: readonly string[],
  { append }: { append: boolean },
): Promise<void> {
  const answer = await client.api.entities.merge.mutate({ id, duplicateId, content: append ? 'append' : 'keep' });
  output.result(answer, [entityLine(answer.entity), 'The duplicate is in the trash. “synap undo” takes it all back.']);
}
