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
export const limitSchema = z.coerce.number().pipe(z.int().min(1).max(200)).default(50);
export const cursorSchema = z.string().min(1).max(500).optional();
export const expectedVersionSchema = z.coerce.number().pipe(z.int().min(1)).optional();
export const flagSchema = z.union([z.boolean(), z.stringbool()]).default(false);
/** An instant as ISO 8601 with an offset or `Z`. */
export const instantSchema = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/** The state as it was at this instant, instead of the present one. */
export const asOfSchema = instantSchema.optional();

/** Which revision of the content: that of an instant, or that of a version. */
export const revisionFields = {
  asOf: asOfSchema,
  version: z.coerce.number().pipe(z.int().min(1)).optional(),
};

/** A day, or an instant with an offset, as a client writes it. `null` clears it. */
const dayOrInstantSchema = z.union([z.iso.date(), z.iso.datetime({ offset: true })]).nullable();

export const taskFields = {
  status: taskStatusSchema.optional(),
  priority: taskPrioritySchema.optional(),
  dueDate: dayOrInstantSchema.optional(),
  /** Where `dueDate` is meant. */
  timezone: timezoneSchema.optional(),
  recurrence: recurrenceSchema.nullable().optional(),
  remindAt: z.iso.datetime({ offset: true }).nullable().optional(),
};

export const eventFields = {
  startAt: dayOrInstantSchema.optional(),
  endAt: dayOrInstantSchema.optional(),
  /** Where both are meant. */
  timezone: timezoneSchema.optional(),
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
  attachTo: EntityId.optional(),
};

/** A file's name as it is called where it comes from; whatever is in it, it is made harmless. */
export const fileNameSchema = z.string().max(4096);

/** SHA-256 in hexadecimal. */
export const announcedChecksumSchema = z
  .string()
  .transform((text) => text.toLowerCase())
  .pipe(checksumSchema);
