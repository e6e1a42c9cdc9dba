import { type LinkKeys, linkKeys } from '@synap/domain';
import { plainText } from '../plain-text.ts';
import { readNamingBlocks } from './markdown-names.ts';

/** So much of the text is shown on either side of a link. */
const CONTEXT_LENGTH = 120;

/**
 * The words around the first of the links that are meant, as they read; `null` if the text has none.
 * @param isMeant told the keys of each link of the text, in its order.
 */
export function linkContext(markdown: string, isMeant: (link: LinkKeys) => boolean): string | null {
  for (const { text, names } of readNamingBlocks(markdown)) {
    for (const { kind, name, start, end } of names) {
      if (kind === 'link' && isMeant(linkKeys(name))) return contextOf(text, { start, end });
    }
  }
  return null;
}

function contextOf(text: string, { start, end }: { start: number; end: number }): string {
  const from = start <= CONTEXT_LENGTH ? 0 : wordStart(text, start - CONTEXT_LENGTH, start);
  const to = end + CONTEXT_LENGTH >= text.length ? text.length : wordEnd(text, end + CONTEXT_LENGTH, end);
  const shown = plainText(text.slice(from, to)).replace(/\s+/gu, ' ').trim();
  return `${from > 0 ? '…' : ''}${shown}${to < text.length ? '…' : ''}`;
}

function wordStart(text: string, position: number, latest: number): number {
  const space = text.slice(position, latest).search(/\s/u);
  return space === -1 ? position + Number(isInsidePair(text, position)) : position + space + 1;
}

function wordEnd(text: string, position: number, earliest: number): number {
  const space = text.lastIndexOf(' ', position);
  return space > earliest ? space : position - Number(isInsidePair(text, position));
}

function isInsidePair(text: string, position: number): boolean {
  return /[\uD800-\uDBFF]/.test(text.charAt(position - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(position));
}
