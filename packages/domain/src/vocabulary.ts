import * as z from 'zod';

/** What a person keeps. */
export const EntityType = {
  note: 'note',
  task: 'task',
  project: 'project',
  page: 'page',
  event: 'event',
  idea: 'idea',
} as const;
export type EntityType = (typeof EntityType)[keyof typeof EntityType];
export const entityTypeSchema = z.enum(EntityType);

/** What has an event stream of its own. */
export const AggregateType = { entity: 'entity', relation: 'relation', user: 'user' } as const;
export type AggregateType = (typeof AggregateType)[keyof typeof AggregateType];
export const aggregateTypeSchema = z.enum(AggregateType);

/** How an event came to be written. */
export const EventSource = {
  api: 'api',
  automation: 'automation',
  sync: 'sync',
  migration: 'migration',
  system: 'system',
} as const;
export type EventSource = (typeof EventSource)[keyof typeof EventSource];
export const eventSourceSchema = z.enum(EventSource);

/** What kind of content a file holds. Events name it: values may be added, never taken away or renamed. */
export const FileType = {
  markdown: 'markdown',
  text: 'text',
  html: 'html',
  docx: 'docx',
  pdf: 'pdf',
  image: 'image',
  audio: 'audio',
  video: 'video',
} as const;
export type FileType = (typeof FileType)[keyof typeof FileType];
export const fileTypeSchema = z.enum(FileType);

export const TaskStatus = {
  todo: 'todo',
  inProgress: 'in_progress',
  done: 'done',
  cancelled: 'cancelled',
} as const;
export type TaskStatus = (typeof TaskStatus)[keyof typeof TaskStatus];
export const taskStatusSchema = z.enum(TaskStatus);

/** 0 is none, 3 is the highest. */
export const taskPrioritySchema = z.int().min(0).max(3);
export type TaskPriority = z.infer<typeof taskPrioritySchema>;

export const RelationType = {
  contains: 'contains',
  relatesTo: 'relates_to',
  blocks: 'blocks',
  duplicates: 'duplicates',
  mentions: 'mentions',
  derivedFrom: 'derived_from',
} as const;
export type RelationType = (typeof RelationType)[keyof typeof RelationType];
export const relationTypeSchema = z.enum(RelationType);

/** Text that every store can hold: no NUL, which PostgreSQL refuses, and no half of a surrogate pair. */
export const storableTextSchema = z
  .string()
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'well-formed Unicode text without NUL');

/** The longest title, in UTF-16 code units. */
export const TITLE_MAX_LENGTH = 500;
export const titleSchema = oneLine({ maxLength: TITLE_MAX_LENGTH });

/** One line that every store and every screen can hold: no control characters, no half of a surrogate pair. */
function oneLine({ maxLength }: { maxLength: number }) {
  return z
    .string()
    .trim()
    .min(1)
    .max(maxLength)
    .refine((line) => line.isWellFormed(), 'well-formed Unicode text')
    .regex(/^\P{Cc}*$/u, 'one line without control characters');
}

/**
 * A tag as it is stored: no leading '#', no white space around it, lower case, letters of any script, composed (NFC) so
 * that a letter is the same however it was typed.
 */
const TAG_MAX_LENGTH = 100;
export const tagSchema = z
  .string()
  .trim()
  .transform((tag) => tag.replace(/^#+/, '').toLowerCase().normalize('NFC'))
  .pipe(
    z
      .string()
      .min(1)
      .max(TAG_MAX_LENGTH)
      .regex(
        /^[\p{L}\p{N}][\p{L}\p{M}\p{N}_/&+. -]*$/u,
        'a tag starts with a letter or digit and holds letters, digits, spaces and _ / & + . -',
      ),
  );

/** A colour as it is stored: red, green and blue in two hexadecimal digits each, in lower case, as in `#1e90ff`. */
export const colourSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^#[0-9a-f]{6}$/, 'a colour such as #1e90ff');

/**
 * The form of an IANA timezone's name. Events check no more than that: they must stay readable where a runtime does not
 * know the name.
 */
export const timezoneNameSchema = z
  .string()
  .max(64)
  .regex(/^[\w+/:-]+$/, 'an IANA timezone such as Europe/Berlin');

/**
 * When something is due: a calendar day (`date` alone), or an instant (`date` and `time`), both as the person
 * meant them in `timezone` (IANA name). Kept as said and not as UTC, so that 'tomorrow at 9' stays 9 o'clock
 * when the rules of the timezone change.
 */
export const dueSchema = z.strictObject({
  date: z.iso.date().refine((date) => date >= '0001-01-01', 'a day of the year 1 or later'),
  time: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day as HH:MM')
    .nullable(),
  timezone: timezoneNameSchema,
});
export type Due = z.infer<typeof dueSchema>;

/** A day, or a time of day, as it is meant where it is. */
const momentSchema = dueSchema.omit({ timezone: true });
export type Moment = z.infer<typeof momentSchema>;

/**
 * When an event of the calendar takes place: whole days, of which `end` is the last one, or from one time of day to
 * another. Without an end it is that day, or begins at that time.
 */
export const scheduleSchema = z.strictObject({
  start: momentSchema,
  end: momentSchema.nullable(),
  timezone: timezoneNameSchema,
});
export type Schedule = z.infer<typeof scheduleSchema>;

const PLACE_MAX_LENGTH = 500;
/** Where something takes place, as a person writes it. */
export const placeSchema = oneLine({ maxLength: PLACE_MAX_LENGTH });

/** A recurrence rule as RFC 5545 writes it, without the `RRULE:` prefix, such as `FREQ=WEEKLY;BYDAY=MO`. */
export const recurrenceSchema = z
  .string()
  .max(500)
  .regex(/^FREQ=(SECONDLY|MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)(;[A-Z-]+=[A-Z0-9,+-]+)*$/);

/** An IANA timezone that this runtime knows, such as `Europe/Berlin`. */
export const timezoneSchema = z.string().refine(isKnownTimezone, 'an IANA timezone such as Europe/Berlin');

function isKnownTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}
