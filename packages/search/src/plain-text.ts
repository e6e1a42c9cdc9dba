/** How much source is looked at for each character of plain text that is wanted: links and tags are mostly syntax. */
const SOURCE_FACTOR = 8;

/** Patterns of one line, none of which can match more than once at a place, so that hostile input costs no more. */
const INLINE_SYNTAX: readonly (readonly [RegExp, string])[] = [
  [/!\[\[[^\]\n]{0,500}\]\]/g, ' '],
  [/\[\[([^\]|\n]{0,500})\|([^\]\n]{0,500})\]\]/g, '$2'],
  [/\[\[([^\]\n]{0,500})\]\]/g, '$1'],
  [/!?\[([^\]\n]{0,1000})\]\([^)\n]{0,2000}\)/g, '$1'],
  [/<[a-zA-Z/!][^>\n]{0,1000}>/g, ' '],
  [/(\*\*|__|~~|==|`{1,3})/g, ''],
  [/(^|\s)[*_](?=\S)|(?<=\S)[*_](?=\s|$)/g, '$1'],
  [/\s\^[a-z0-9-]{1,80}\s*$/i, ''],
];

const LINE_SYNTAX: readonly (readonly [RegExp, string])[] = [
  [/^\s*#{1,6}\s+/, ''],
  [/^(\s*>)+\s?(\[![a-z]+\][+-]?)?/i, ''],
  [/^\s*([-*+]|\d{1,9}[.)])\s+(\[[ xX]\]\s+)?/, ''],
];

/**
 * The readable text of Markdown: without front matter, markup and link targets, one line for each line with words.
 * What previews show and what is embedded.
 *
 * @param options.maxLength stop after about this many characters; all of it if left out.
 */
export function plainText(markdown: string, options: { maxLength?: number } = {}): string {
  const { maxLength = Number.POSITIVE_INFINITY } = options;
  const source = markdown.slice(frontMatterLength(markdown)).slice(0, maxLength * SOURCE_FACTOR);
  const lines: string[] = [];
  let length = 0;
  for (const line of source.split('\n')) {
    const text = plainLine(line);
    if (text === '') continue;
    lines.push(text);
    length += text.length + 1;
    if (length >= maxLength) break;
  }
  return lines.join('\n').slice(0, maxLength);
}

/** How many characters of YAML front matter (`---` … `---`) a file starts with; 0 where it has none. */
export function frontMatterLength(markdown: string): number {
  const opening = /^\uFEFF?---[ \t]*\r?\n/.exec(markdown);
  if (opening === null) return 0;
  const closing = /^(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/gm;
  closing.lastIndex = opening[0].length;
  const match = closing.exec(markdown);
  return match === null ? 0 : match.index + match[0].length;
}

function plainLine(line: string): string {
  if (/^\s*(```|~~~|\|?[\s:|-]+\|[\s:|-]*$|([-*_]\s*){3,}$)/.test(line)) return '';
  let text = line;
  for (const [pattern, replacement] of [...LINE_SYNTAX, ...INLINE_SYNTAX]) text = text.replace(pattern, replacement);
  return text.replace(/[|\s]+/g, ' ').trim();
}
