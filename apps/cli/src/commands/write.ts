import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandEnvironment } from '../command.ts';
import { CommandFailed } from '../command-failed.ts';
import { entityLine } from '../output.ts';
import { decodeUtf8, readStandardInput } from '../standard-input.ts';

/*
 * The commands that change one thing.
 */

/** `synap done ID` */
export async function done({ client, output }: CommandEnvironment, id: string): Promise<void> {
  const { entity } = await client.api.tasks.complete.mutate({ id });
  output.result({ entity }, [entityLine(entity)]);
}

/** `synap delete ID`: into the trash. */
export async function remove({ client, output }: CommandEnvironment, id: string): Promise<void> {
  const { entity } = await client.api.entities.delete.mutate({ id });
  output.result({ entity }, [`In the trash: ${entityLine(entity)}`]);
}

/** `synap restore-entity ID`: back from the trash. */
export async function undelete({ client, output }: CommandEnvironment, id: string): Promise<void> {
  const { entity } = await client.api.entities.restore.mutate({ id });
  output.result({ entity }, [entityLine(entity)]);
}

/** `synap tag ID NAME…` and, with `--remove`, the other way round. */
export async function tag(
  { client, output }: CommandEnvironment,
  id: string,
  names: readonly string[],
  { remove: isRemoved }: { remove: boolean },
): Promise<void> {
  for (const name of names) {
    if (isRemoved) await client.api.tags.remove.mutate({ id, name });
    else await client.api.tags.add.mutate({ id, name });
  }
  const { entity } = await client.api.entities.get.query({ id });
  output.result({ entity }, [entityLine(entity)]);
}

/**
 * `synap edit ID`: opens the content in `$EDITOR`, or takes new content from standard input. A change that somebody
 * else made meanwhile is not overwritten.
 */
export async function edit(
  { client, output }: CommandEnvironment,
  id: string,
  editor: string | undefined,
): Promise<void> {
  const { content, checksum } = await client.api.entities.content.query({ id });
  const changed = (await readStandardInput()) ?? (await editText(content, editor));
  if (changed === content) {
    output.message('Nothing changed.');
    return;
  }
  const { entity } = await client.api.entities.updateContent.mutate({
    id,
    content: changed,
    expectedChecksum: checksum,
  });
  output.result({ entity }, [entityLine(entity)]);
}

async function editText(content: string, editor: string | undefined): Promise<string> {
  if (editor === undefined || editor === '') {
    throw new CommandFailed('Set EDITOR to your editor, or give the new content on standard input.');
  }
  const directory = await mkdtemp(join(tmpdir(), 'synap-edit-'));
  const path = join(directory, 'content.md');
  try {
    await writeFile(path, content, { mode: 0o600 });
    const { status, error } = spawnSync(`${editor} "${path}"`, { stdio: 'inherit', shell: true });
    if (error !== undefined || status !== 0)
      throw new CommandFailed(`The editor '${editor}' failed; nothing was changed.`);
    return decodeUtf8(await readFile(path), path);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
