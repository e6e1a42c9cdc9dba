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

/** `synap tasks`: what is still to do. */
export async function tasks({ client, output }: CommandEnvironment, { all }: { all: boolean }): Promise<void> {
  const { items } = await client.api.entities.list.query({ type: 'task', limit: 200 });
  const shown = all ? items : items.filter(({ task }) => task?.status === 'todo' || task?.status === 'in_progress');
  output.result({ items: shown }, shown.length === 0 ? ['Nothing to do.'] : shown.map(entityLine));
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
