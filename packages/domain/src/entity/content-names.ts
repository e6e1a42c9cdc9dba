import * as z from 'zod';
import { EntityId } from '../ids.ts';
import { TITLE_MAX_LENGTH, tagSchema, titleSchema } from '../vocabulary.ts';
import type { EntityState } from './entity-state.ts';

/** The most tags, and the most links, that are taken from one text; what comes after them is left out. */
export const CONTENT_TAGS_MAX = 100;
export const CONTENT_LINKS_MAX = 1_000;

/**
 * What a Markdown text names: `#tags` and `@people` as the tags that they are, `[[links]]` as the titles that are written
 * in them. Each once, in the order of the text. Recorded with the revision that it was read from.
 */
export const contentNamesSchema = z.strictObject({
  tags: z.array(tagSchema).max(CONTENT_TAGS_MAX),
  links: z.array(titleSchema).max(CONTENT_LINKS_MAX),
});
export type ContentNames = z.infer<typeof contentNamesSchema>;

/** Of content that is not the words of the person who keeps it, such as a web page: whatever stands there, it names nothing. */
export const NO_NAMES: ContentNames = { tags: [], links: [] };

/** `fff`, `a0b1c2`: hexadecimal with a digit or all of one letter, unlike the words 'bad' and 'facade'. */
export function isColourCode(name: string): boolean {
  return /^(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/iu.test(name) && (/\d/u.test(name) || /^(.)\1+$/u.test(name));
}

/** '@' is also written before places and circumstances. */
const NO_PEOPLE = new Set(
  'home work office phone computer errands errand shop store online email todo here all channel everyone waiting someday'.split(
    ' ',
  ),
);

/** Whether a word behind '@' can be somebody's name, and not a place or a circumstance. */
export function canBePerson(name: string): boolean {
  return !NO_PEOPLE.has(name.toLowerCase());
}

/** People become tags below this one, as `people/anna`. */
export const PEOPLE_PREFIX = 'people/';

/** The tag that `#name` means; `null` for a number, a colour and what cannot be a tag. */
export function tagWritten(name: string): string | null {
  if (isColourCode(name) || !/\p{L}/u.test(name)) return null;
  return tagSchema.safeParse(name.replace(/[-/_]+$/u, '')).data ?? null;
}

/** The tag that `@name` means; `null` for what is no person. */
export function personWritten(name: string): string | null {
  return canBePerson(name) ? (tagSchema.safeParse(`${PEOPLE_PREFIX}${name}`).data ?? null) : null;
}

/**
 * What a title and a link to it have in common: without regard to case, white space and how letters are composed. Small
 * letters are those that each capital has alone, as databases make them: a sigma at the end of a word is one like others.
 */
export function titleKey(title: string): string {
  const small = title.normalize('NFC').toLowerCase().replaceAll('ς', 'σ').replaceAll('i\u0307', 'i');
  return small.replace(/\s+/gu, ' ').trim().slice(0, TITLE_MAX_LENGTH);
}

/** How a link finds what it leads to. */
export interface LinkKeys {
  readonly key: string;
  /** Of the last part of a path, as `[[Folder/Note.md]]` has one: tried where nothing has the whole as its title. */
  readonly baseKey: string | null;
}

/** The keys of a title as it is written in a link. */
export function linkKeys(name: string): LinkKeys {
  const key = titleKey(name);
  const base = titleKey(name.slice(name.lastIndexOf('/') + 1).replace(/(.)\.md$/iu, '$1'));
  return { key, baseKey: base === key || base === '' ? null : base };
}

/** The id that a link names in the place of a title; else `null`. */
export function linkedId(key: string): EntityId | null {
  return EntityId.safeParse(key).data ?? null;
}

/** The keys under which links find an entity: its id, its title, and titles that it had. */
export function keysOf({ id, title, formerTitles }: Pick<EntityState, 'id' | 'title' | 'formerTitles'>): string[] {
  return [...new Set([id, titleKey(title), ...formerTitles.map(titleKey)])];
}

/** The tags that stand in an entity's text. */
export function contentTags({ file }: Pick<EntityState, 'file'>): readonly string[] {
  return file?.names?.tags ?? [];
}

/** All tags of an entity, in alphabetical order: those that were set, and those that stand in its text. */
export function allTags(state: Pick<EntityState, 'tags' | 'file'>): string[] {
  const written = contentTags(state);
  if (written.length === 0) return [...state.tags];
  return [...new Set([...state.tags, ...written])].sort(compareCodeUnits);
}

/** Independent of any locale, so that every machine folds to the same order. */
export function compareCodeUnits(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
