import {
  checksumSchema,
  EntityId,
  entityTypeSchema,
  placeSchema,
  recurrenceSchema,
  tagSchema,
  taskPrioritySchema,
  taskStatusSchema,
  timezoneSchema,
  titleSchema,
} from '@synap/domain';
import * as z from 'zod';

/*
 * Pieces of the inputs. Every input is a strict object: a field that is not known is refused, never ignored. Numbers
 * and truth values may come as text, as they do in a query string.
 */

export const contentSchema = z.string();
/** A whole number that may come as text. */
export const countSchema = z.coerce.number<number | string>().int();
export const limitSchema = countSchema.min(1).max(200).default(50).describe('How many there are on a page.');
export const cursorSchema = z.string().min(1).max(500).optional().describe('The `nextCursor` of the page before.');
export const expectedVersionSchema = countSchema
  .min(1)
  .optional()
  .describe('The version that the caller has seen; 409 if it is another by now. `If-Match: "VERSION"` says the same.');
export const flagSchema = z
  .preprocess((value: boolean | string) => z.stringbool().safeParse(value).data ?? value, z.boolean())
  .default(false);
/** An instant as ISO 8601 with an offset or `Z`. */
export const instantSchema = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

export const asOfSchema = instantSchema
  .optional()
  .describe('The state as it was at this instant, instead of the present one.');

/** Which revision of the content: that of an instant, or that of a version. */
export const revisionFields = {
  asOf: asOfSchema,
  version: countSchema.min(1).optional().describe('The content as it was at this version.'),
};

const dayOrInstantSchema = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })])
  .nullable()
  .describe('A day, or an instant with an offset; `null` clears it.');

export const taskFields = {
  status: taskStatusSchema.optional(),
  priority: taskPrioritySchema.optional(),
  dueDate: dayOrInstantSchema.optional(),
  timezone: timezoneSchema.optional().describe('Where `dueDate` is meant; an IANA timezone.'),
  recurrence: recurrenceSchema.nullable().optional().describe('RFC 5545, without `RRULE:`.'),
  remindAt: z.iso.datetime({ offset: true }).nullable().optional(),
};

export const eventFields = {
  startAt: dayOrInstantSchema.optional(),
  endAt: dayOrInstantSchema.optional(),
  timezone: timezoneSchema.optional().describe('Where both are meant; an IANA timezone.'),
  place: placeSchema.nullable().optional(),
};

export const filterFields = {
  type: entityTypeSchema.optional(),
  tag: tagSchema.optional(),
};

export const newEntityFields = {
  content: contentSchema,
  title: titleSchema.optional(),
  tags: z.array(tagSchema).max(100).optional(),
};

const TAGS_MAX = 100;

/** What is said of a file beside its content; in a form or a query, tags are separated by commas. */
export const uploadFields = {
  title: titleSchema.optional(),
  type: entityTypeSchema.optional(),
  tags: z
    .preprocess(
      (value) => (typeof value === 'string' ? value.split(',').filter((tag) => tag.trim() !== '') : value),
      z.array(tagSchema).max(TAGS_MAX),
    )
    .optional(),
  attachTo: EntityId.optional().describe('What it belongs to, which contains it then.'),
};

/** A file's name as it is called where it comes from; whatever is in it, it is made harmless. */
export const fileNameSchema = z.string().max(4096);

export const announcedChecksumSchema = z
  .string()
  .transform((text) => text.toLowerCase())
  .pipe(checksumSchema)
  .describe('SHA-256 of the content in hexadecimal.');
