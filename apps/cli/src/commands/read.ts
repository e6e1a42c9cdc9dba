import type { EntityView } from '@synap/core';
import colors from 'picocolors';
import type { CommandEnvironment } from '../command.ts';
import { entityLine, localTime } from '../output.ts';
import { sizeWords } from '../progress.ts';

/*
 * The commands that only read.
 */

export interface ListOptions {
  type?: EntityView['type'];
  tag?: string;
  status?: NonNullable<EntityView['task']>['status'];
  deleted?: boolean;
  limit: number;
  cursor?: string;
}

/** `synap list` */
export async function list({ client, output }: CommandEnvironment, options: ListOptions): Promise<void> {
  const page = await client.api.entities.list.query(options);
  output.result(page, page.items.map(entityLine));
  if (page.nextCursor !== null) output.message(`There is more: repeat with --cursor ${page.nextCursor}`);
}

export interface TaskOptions {
  all: boolean;
  overdue: boolean;
  today: boolean;
  upcoming: boolean;
  limit: number;
  cursor?: string;
}

interface Blocker {
  readonly id: string;
  readonly title: string | null;
}

/** `synap tasks`: what is still to do, what is due first first. */
export async function tasks({ client, output }: CommandEnvironment, options: TaskOptions): Promise<void> {
  const { all, overdue, today, upcoming, ...page } = options;
  const { timeZone: timezone } = Intl.DateTimeFormat().resolvedOptions();
  const list = overdue ? 'overdue' : today ? 'today' : upcoming ? 'upcoming' : 'open';
  const answer = all
    ? await client.api.entities.list.query({ type: 'task', ...page })
    : await client.api.tasks.list.query({ list, timezone, ...page });
  const lines = answer.items.flatMap((item: EntityView & { blockedBy?: readonly Blocker[] }) => [
    entityLine(item),
    ...(item.blockedBy ?? []).map(({ title, id }) => colors.dim(`      waits for ${title ?? id}`)),
  ]);
  output.result(answer, lines.length === 0 ? ['Nothing to do.'] : lines);
  if (answer.nextCursor !== null) output.message(`There is more: repeat with --cursor ${answer.nextCursor}`);
}

/** `synap show ID`: with its content, where that is text to be read. */
export async function show({ client, output, isJson }: CommandEnvironment, id: string): Promise<void> {
  const details = await client.api.entities.get.query({ id });
  const { entity } = details;
  const isText = entity.fileType === null || TEXTS.has(entity.fileType);
  const content = isText ? new TextDecoder().decode(await client.readContent(id)) : null;
  output.result(isJson ? { ...details, content } : null, [
    entityLine(entity),
    colors.dim(
      `version ${entity.version}, created ${localTime(entity.createdAt)}, changed ${localTime(entity.updatedAt)}`,
    ),
    ...details.relations.map(({ type, sourceId, targetId }) => `${sourceId} ${type} ${targetId}`),
    ...details.blockedBy.map(({ title, id: blocker }) => `waits for ${title ?? blocker}`),
    ...(details.progress === null ? [] : [`${details.progress.done} of ${details.progress.total} tasks done`]),
    '',
    ...(content === null ? fileLines(entity) : [content.trimEnd()]),
  ]);
}

const TEXTS = new Set<NonNullable<EntityView['fileType']>>(['markdown', 'text', 'html']);

function fileLines({ id, fileType, fileSize, preview }: EntityView): string[] {
  return [
    `${fileType}, ${sizeWords(fileSize ?? 0)}`,
    ...(preview === '' ? [] : [preview]),
    colors.dim(`save it with: synap file ${id}`),
  ];
}

/** `synap history ID` */
export async function history({ client, output }: CommandEnvironment, id: string): Promise<void> {
  const answer = await client.api.entities.history.query({ id });
  output.result(
    answer,
    answer.items.map(({ version, timestamp, description, actor }) =>
      [String(version).padStart(4), localTime(timestamp), description, colors.dim(`${actor.kind} ${actor.id}`)].join(
        '  ',
      ),
    ),
  );
}
