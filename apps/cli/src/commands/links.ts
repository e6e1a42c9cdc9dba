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
