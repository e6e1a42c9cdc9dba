/** A piece of a query as it was typed. Positions are UTF-16 offsets into it. */
export interface QueryToken {
  readonly start: number;
  /** Where the value begins, behind `field:`. */
  readonly valueStart: number;
  readonly isNegated: boolean;
  /** In small letters; `null` where it is none of the fields that are known. */
  readonly field: string | null;
  /** Without its quotes. */
  readonly value: string;
  readonly isQuoted: boolean;
}

/** Straight and typographic quotes; each opening one with those that close it. */
const QUOTES: Readonly<Record<string, string>> = { '"': '"“”', '“': '"“”', '„': '"“”', '«': '»' };

/**
 * The pieces of a query: words, quoted phrases, and both behind `-` or `field:`. Only fields that are known are fields,
 * so that a time (`10:30`) or an address is plain text; a quote that is never closed is plain text as well.
 */
export function* readTokens(query: string, fields: ReadonlySet<string>): Generator<QueryToken> {
  let position = 0;
  while (position < query.length) {
    if (/\s/.test(query.charAt(position))) {
      position += 1;
      continue;
    }
    const { token, end } = readToken(query, position, fields);
    yield token;
    position = end;
  }
}

function readToken(query: string, start: number, fields: ReadonlySet<string>): { token: QueryToken; end: number } {
  // Two dashes are an option of a program, or a dash in a text.
  const isNegated = query.charAt(start) === '-' && /[^\s-]/.test(query.charAt(start + 1));
  const nameStart = start + (isNegated ? 1 : 0);
  const name = /^([a-z]{1,20}):/i.exec(query.slice(nameStart, nameStart + 21))?.[1] ?? null;
  const field = name !== null && fields.has(name.toLowerCase()) ? name.toLowerCase() : null;
  const valueStart = nameStart + (field === null ? 0 : field.length + 1);
  const { value, end, isQuoted } = readValue(query, valueStart);
  return { token: { start, valueStart, isNegated, field, value, isQuoted }, end };
}

function readValue(query: string, start: number): { value: string; end: number; isQuoted: boolean } {
  const closing = QUOTES[query.charAt(start)];
  if (closing !== undefined) {
    for (let end = start + 1; end < query.length; end += 1) {
      if (closing.includes(query.charAt(end)))
        return { value: query.slice(start + 1, end), end: end + 1, isQuoted: true };
    }
  }
  let end = start;
  while (end < query.length && !/\s/.test(query.charAt(end))) end += 1;
  return { value: query.slice(start, end), end, isQuoted: false };
}
