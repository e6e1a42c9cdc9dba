import { EntityType, ValidationFailed } from '@synap/domain';
import type { LifeState, SearchFilter } from '../search-index.ts';
import { type DaySpan, readDays } from './read-date.ts';
import { type QueryToken, readTokens } from './tokens.ts';

/**
 * The query language: words, `"a phrase"`, `-without`, `-"without a phrase"`, `begin*`, and fields:
 *
 *   type:task  tag:home  -tag:work  is:open|done|cancelled|deleted
 *   due: created: updated:  with 2026, 2026-11, 2026-11-24, today, tomorrow, yesterday, <, <=, >, >=, 2026-11..2026-12
 *   in:title
 *
 * Whatever is none of these is plain text. Times are days of UTC. A field's name in quotes (`"type:task"`) is text.
 */
export interface ParsedQuery {
  /** The words, those of phrases included; what is embedded and looked up. */
  readonly text: string;
  readonly phrases: readonly string[];
  readonly excluded: readonly string[];
  readonly inTitle: boolean;
  readonly filter: SearchFilter;
}

const STATES: Readonly<Record<string, LifeState>> = {
  open: 'open',
  todo: 'open',
  done: 'done',
  completed: 'done',
  cancelled: 'cancelled',
  canceled: 'cancelled',
  deleted: 'deleted',
  trash: 'deleted',
};

const DATES =
  'a day, month or year such as 2026-11-24, 2026-11 or today, also behind <, <=, > or >=, or a span 2026-11..2026-12';
/** Each field with what it takes. */
const FIELDS: Readonly<Record<string, string>> = {
  type: Object.values(EntityType).join(', '),
  tag: 'the name of a tag, in quotes if it has blanks',
  is: 'open, done, cancelled, deleted',
  due: DATES,
  created: DATES,
  updated: DATES,
  in: 'title',
};
const FIELD_NAMES: ReadonlySet<string> = new Set(Object.keys(FIELDS));
/** Only these can stand behind a minus. */
const NEGATABLE = new Set(['tag']);

interface Draft {
  words: string[];
  phrases: string[];
  excluded: string[];
  tags: string[];
  excludedTags: string[];
  inTitle: boolean;
  fields: Omit<SearchFilter, 'tags' | 'excludedTags'>;
}

/**
 * Reads a query as a person types it.
 * @param options.now for `today` and the like.
 * @throws {ValidationFailed} naming the position and what is accepted, where a field has a value that it does not take.
 */
export function parseQuery(query: string, { now }: { now: Date }): ParsedQuery {
  const draft: Draft = { words: [], phrases: [], excluded: [], tags: [], excludedTags: [], inTitle: false, fields: {} };
  const today = now.toISOString().slice(0, 10);
  for (const token of readTokens(query, FIELD_NAMES)) {
    if (token.field === null) takeWords(draft, token);
    else takeField(draft, token, { field: token.field, today });
  }
  const { words, phrases, excluded, inTitle, tags, excludedTags, fields } = draft;
  const filter = {
    ...fields,
    ...(tags.length === 0 ? {} : { tags }),
    ...(excludedTags.length === 0 ? {} : { excludedTags }),
  };
  return { text: words.join(' '), phrases, excluded, inTitle, filter };
}

function takeWords(draft: Draft, { value, isQuoted, isNegated }: QueryToken): void {
  const text = value.trim();
  if (text === '') return;
  // A dash before nothing that could be a word, as in "->", is text.
  if (isNegated && /[\p{L}\p{N}]/u.test(text)) {
    draft.excluded.push(text);
    return;
  }
  if (isQuoted && /[\p{L}\p{N}]/u.test(text)) draft.phrases.push(text);
  draft.words.push(isNegated ? `-${text}` : text);
}

function takeField(draft: Draft, token: QueryToken, { field, today }: { field: string; today: string }): void {
  const { value, isNegated } = token;
  if (isNegated && !NEGATABLE.has(field)) {
    throw refusal(token, `-${field}: is not known; a minus can stand before words, "phrases" and tag:`);
  }
  if (value === '') throw refusal(token, `${field}: takes ${FIELDS[field]}`);
  const wanted = value.toLowerCase();
  switch (field) {
    case 'type':
      set(draft, token, { type: isEntityType(wanted) ? wanted : undefined });
      break;
    case 'is':
      set(draft, token, { state: Object.hasOwn(STATES, wanted) ? STATES[wanted] : undefined });
      break;
    case 'tag':
      (isNegated ? draft.excludedTags : draft.tags).push(value);
      break;
    case 'in':
      if (wanted !== 'title') throw refusal(token, `in: takes ${FIELDS.in}`);
      draft.inTitle = true;
      break;
    default:
      setDays(draft, token, readDays(wanted, { today }));
  }
}

/** A field twice, with two values, can only be a mistake: nothing would be found. */
function set(draft: Draft, token: QueryToken, value: Pick<SearchFilter, 'type' | 'state'>): void {
  for (const [name, wanted] of Object.entries(value)) {
    if (wanted === undefined)
      throw refusal(token, `${token.field}: takes ${FIELDS[token.field ?? '']}; got '${token.value}'`);
    const known = Object.entries(draft.fields).find(([field]) => field === name)?.[1];
    if (known !== undefined && known !== wanted)
      throw refusal(token, `${token.field}: was '${known}' before; it can be one only`);
  }
  draft.fields = { ...draft.fields, ...value };
}

function setDays(draft: Draft, token: QueryToken, days: DaySpan | null): void {
  if (days === null) throw refusal(token, `${token.field}: takes ${DATES}; got '${token.value}'`);
  const { fields } = draft;
  if (token.field === 'due') draft.fields = { ...fields, due: { ...fields.due, ...days } };
  else if (token.field === 'updated') draft.fields = { ...fields, updated: { ...fields.updated, ...instants(days) } };
  else draft.fields = { ...fields, ...instants(days) };
}

function instants({ from, to }: DaySpan): { from?: Date; to?: Date } {
  return {
    ...(from === undefined ? {} : { from: new Date(`${from}T00:00:00Z`) }),
    ...(to === undefined ? {} : { to: new Date(`${to}T00:00:00Z`) }),
  };
}

function isEntityType(value: string): value is EntityType {
  return Object.values<string>(EntityType).includes(value);
}

function refusal({ start }: QueryToken, message: string): ValidationFailed {
  return new ValidationFailed([{ field: 'q', message: `at character ${start + 1}: ${message}` }]);
}
