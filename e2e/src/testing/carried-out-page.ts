/*
 * Reads a page that says how the source is changed, as docs/extending.md does: a path in backquotes on a line of its own
 * says which file the blocks below are about, until the next one. After `New:` the block is the whole file; else it is a
 * difference, whose lines without a sign say where it belongs.
 */

/** A file that the page changes, or makes. */
export type FileChange =
  | { readonly kind: 'new'; readonly path: string; readonly content: string }
  | { readonly kind: 'changed'; readonly path: string; readonly before: string; readonly after: string };

const CAPTION = /^(New: )?`([^`\s]+)`$/;

/** The changes of a page, in its order. Blocks that are about no file, such as commands, are left out. */
export function readChanges(page: string): FileChange[] {
  const changes: FileChange[] = [];
  let file: { path: string; isNew: boolean } | null = null;
  let block: { language: string; lines: string[] } | null = null;
  for (const line of page.split('\n')) {
    if (block !== null) {
      if (line !== '```') {
        block.lines.push(line);
        continue;
      }
      if (file !== null) changes.push(changeOf(file, block));
      block = null;
    } else if (line.startsWith('```')) {
      block = { language: line.slice(3), lines: [] };
      if (block.language === 'sh') file = null;
    } else {
      const [, isNew, path] = CAPTION.exec(line) ?? [];
      if (path !== undefined) file = { path, isNew: isNew !== undefined };
    }
  }
  return changes;
}

function changeOf(
  { path, isNew }: { path: string; isNew: boolean },
  { language, lines }: { language: string; lines: readonly string[] },
): FileChange {
  if (isNew) return { kind: 'new', path, content: `${lines.join('\n')}\n` };
  if (language !== 'diff') throw new Error(`The block about ${path} is neither a new file nor a difference.`);
  const without = (sign: string): string =>
    lines
      .filter((line) => !line.startsWith(sign))
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  return { kind: 'changed', path, before: without('+'), after: without('-') };
}

/**
 * A text with a change of it made.
 * @throws {Error} if the place that it is for is not there, or is there twice.
 */
export function applied(text: string, { path, before, after }: Extract<FileChange, { kind: 'changed' }>): string {
  const whole = `\n${text}`;
  const sought = `\n${before}`;
  const place = whole.indexOf(sought);
  if (place === -1) throw new Error(`In ${path} this stands nowhere:\n${before}`);
  if (place !== whole.lastIndexOf(sought)) throw new Error(`In ${path} this stands more than once:\n${before}`);
  return `${whole.slice(0, place)}\n${after}${whole.slice(place + sought.length)}`.slice(1);
}
