/**
 * Takes the markup out of a line of Markdown, by one pass that finds spans (code, links, tags, …) and emphasis marks,
 * and one that drops the marks which pair up. A mark without its partner is text, as in `2 * 3` or `snake_case`.
 *
 * Each pattern stops at its own opening character, so that a place is looked at a few times at most, however hostile
 * the text; callers give bounded lengths all the same.
 */
const INLINE = new RegExp(
  [
    /\\(?<escaped>[!-/:-@[-`{-~])/,
    /(?<!`)(?<ticks>`+)(?!`)(?<code>[^`]+)\k<ticks>(?!`)/,
    /(?<embed>!?)\[\[(?<target>[^[\]|\\]*)(?:\\?\|(?<alias>[^[\]]*))?\]\]/,
    /!?\[(?<label>(?:!\[[^[\]]*\]\([^()\s]*\)|[^[\]])*)\](?:\((?:[^()]|\([^()]*\))*\)|\[[^[\]]*\])/,
    /<(?<url>[a-z]+:\/\/[^<>\s]*)>/,
    /(?<dropped>\[\^[^[\]\s]+\]|<!--[^<]*-->|<\/?[a-zA-Z][^<>]*>|%%[^%]*%%|\s\^[\w-]+\s*$)/,
    /&(?<entity>amp|lt|gt|quot|apos|nbsp|#39);/,
    /(?<mark>\*{1,3}|_{1,3}|~~|==)/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  '#39': "'",
};

/** A piece of the line: text, or a mark that is text unless it finds its partner. */
interface Piece {
  text: string;
  readonly mark: { readonly canOpen: boolean; readonly canClose: boolean } | null;
}

/** The readable text of a line: labels for links, alternative text for images, no marks, no tags, no comments. */
export function plainInline(line: string): string {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of line.matchAll(INLINE)) {
    pieces.push({ text: line.slice(end, match.index), mark: null });
    end = match.index + match[0].length;
    const { mark } = match.groups ?? {};
    if (mark === undefined) pieces.push({ text: plainSpan(match.groups ?? {}), mark: null });
    else pieces.push({ text: mark, mark: markAt(mark, line.charAt(match.index - 1), line.charAt(end)) });
  }
  pieces.push({ text: line.slice(end), mark: null });
  dropPairs(pieces);
  return pieces.map(({ text }) => text).join('');
}

function plainSpan(groups: Readonly<Record<string, string | undefined>>): string {
  const { escaped, code, embed, target, alias, label, url, entity } = groups;
  if (target !== undefined) return plainWikiLink({ isEmbed: embed === '!', target, alias });
  // A label has no brackets but those of an image, so this goes two levels deep at most.
  if (label !== undefined) return plainInline(label);
  if (entity !== undefined) return ENTITIES[entity] ?? '';
  return escaped ?? code ?? url ?? '';
}

/** `[[Note#Section|name]]` shows the name; without one, `Note > Section`. An embedded file shows its content instead. */
function plainWikiLink(link: { isEmbed: boolean; target: string; alias: string | undefined }): string {
  const { isEmbed, target, alias } = link;
  const isSize = isEmbed && alias !== undefined && /^\d+(x\d+)?$/.test(alias);
  if (alias !== undefined && alias !== '' && !isSize) return alias;
  if (isEmbed && /\.\w{2,5}(#.*)?$/.test(target)) return '';
  return target.split('#').filter(Boolean).join(' > ');
}

/** The flanking rule of CommonMark 0.31, section 6.2, in brief. */
function markAt(mark: string, before: string, after: string): { canOpen: boolean; canClose: boolean } {
  const isInsideWord = mark.startsWith('_') && /[\p{L}\p{N}]/u.test(before) && /[\p{L}\p{N}]/u.test(after);
  return {
    canOpen: !isInsideWord && /\S/.test(after),
    canClose: !isInsideWord && /\S/.test(before),
  };
}

function dropPairs(pieces: readonly Piece[]): void {
  const waiting = new Map<string, Piece[]>();
  for (const piece of pieces) {
    if (piece.mark === null) continue;
    const openers = waiting.get(piece.text) ?? [];
    const opener = piece.mark.canClose ? openers.pop() : undefined;
    if (opener !== undefined) {
      opener.text = '';
      piece.text = '';
    } else if (piece.mark.canOpen) {
      openers.push(piece);
      waiting.set(piece.text, openers);
    }
  }
}
