import colors from 'picocolors';
import type { CommandEnvironment } from '../command.ts';
import { entityLine } from '../output.ts';

/** `synap backlinks ID`: what links to something. */
export async function backlinks({ client, output }: CommandEnvironment, id: string, limit: number): Promise<void> {
  const answer = await client.api.entities.backlinks.query({ id, limit });
  const lines = answer.items.flatMap(({ entity, types, snippet }) => [
    `${entityLine(entity)} ${colors.cyan(types.join(', '))}`,
    ...(snippet === null ? [] : [`  ${snippet}`]),
  ]);
  output.result(answer, lines.length === 0 ? ['Nothing links to it.'] : lines);
  if (answer.nextCursor !== null) output.message('There is more: raise --limit.');
}

export interface GraphOptions {
  readonly depth: number;
  readonly types?: string;
  readonly limit: number;
  readonly asOf?: string;
  readonly format: string;
}

/** `synap graph ID`: what is linked to something, as lines, as JSON, or as text for a drawing program. */
export async function graph(
  { client, output, isJson }: CommandEnvironment,
  id: string,
  { depth, types, limit, asOf, format }: GraphOptions,
): Promise<void> {
  const asked = {
    root: id,
    depth,
    limit,
    ...(types === undefined ? {} : { types }),
    ...(asOf === undefined ? {} : { asOf }),
  };
  if (format === 'dot' || format === 'mermaid') {
    const { text, isTruncated } = await client.api.relations.drawGraph.query({ ...asked, format });
    output.result(isJson ? { format, text, isTruncated } : null, [text.trimEnd()]);
    return;
  }
  const answer = await client.api.relations.graph.query(asked);
  if (format === 'json' && !isJson) {
    output.result(null, [JSON.stringify(answer, null, 2)]);
    return;
  }
  const titles = new Map(answer.nodes.map((node) => [node.id, node.title]));
  output.result(answer, [
    ...answer.nodes.map(entityLine),
    ...answer.edges.map(
      ({ type, sourceId, targetId }) => `${titles.get(sourceId)} ${colors.cyan(type)} ${titles.get(targetId)}`,
    ),
  ]);
  if (answer.isTruncated) output.message('There is more within this depth than is shown.');
}

/** `synap tags` */
export async function listTags({ client, output }: CommandEnvironment, { below }: { below?: string }): Promise<void> {
  const answer = await client.api.tags.list.query(below === undefined ? {} : { below });
  output.result(
    answer,
    answer.items.map(
      ({ name, count, colour }) =>
        `${String(count).padStart(5)}  #${name}${colour === null ? '' : `  ${colors.dim(colour)}`}`,
    ),
  );
}

/** `synap tags rename TAG NAME` */
export async function renameTag({ client, output }: CommandEnvironment, tag: string, name: string): Promise<void> {
  const answer = await client.api.tags.update.mutate({ tag, name });
  output.result(answer, changedTag(`#${tag} is #${name} now`, answer));
}

/** `synap tags colour TAG COLOUR` */
export async function colourTag({ client, output }: CommandEnvironment, tag: string, colour: string): Promise<void> {
  const answer = await client.api.tags.update.mutate({ tag, colour: colour === 'none' ? null : colour });
  output.result(answer, [`#${tag} has ${colour === 'none' ? 'no colour of its own' : colour} now.`]);
}

/** `synap tags merge TAG INTO` */
export async function mergeTag({ client, output }: CommandEnvironment, tag: string, into: string): Promise<void> {
  const answer = await client.api.tags.merge.mutate({ tag, into });
  output.result(answer, changedTag(`#${tag} is #${into} now`, answer));
}

/** `synap tags delete TAG` */
export async function deleteTag(
  { client, output }: CommandEnvironment,
  tag: string,
  { below }: { below: boolean },
): Promise<void> {
  const answer = await client.api.tags.delete.mutate({ tag, withBelow: below });
  output.result(answer, changedTag(`#${tag} is taken away`, answer));
}

function changedTag(
  sentence: string,
  { things, inContent, correlationId }: { things: number; inContent: number; correlationId: string },
): string[] {
  return [
    `${sentence}, on ${things} things. To take that back: synap undo ${correlationId}`,
    ...(inContent === 0 ? [] : [`It stands in ${inContent} texts, where it stays until somebody rewrites them.`]),
  ];
}
