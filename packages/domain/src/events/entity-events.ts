import * as z from 'zod';
import { contentNamesSchema } from '../entity/content-names.ts';
import {
  entityTypeSchema,
  fileTypeSchema,
  recurrenceSchema,
  storableTextSchema,
  tagSchema,
  titleSchema,
} from '../vocabulary.ts';
import { defineEvent } from './define-event.ts';

/** What `preview` holds at the most: the first characters of the readable text, so that lists need no file reads. */
export const PREVIEW_MAX_LENGTH = 200;

/** A SHA-256 in lower-case hexadecimal. */
export const checksumSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** Where content lies and what it is. The content itself is in the file store only. */
export const fileReferenceSchema = z.strictObject({
  filePath: storableTextSchema.min(1).max(500),
  fileSize: z.int().nonnegative(),
  fileType: fileTypeSchema,
  checksum: checksumSchema,
  preview: storableTextSchema.max(PREVIEW_MAX_LENGTH),
  /** Of Markdown; left out where nobody has read it for that yet. */
  names: contentNamesSchema.exactOptional(),
});
export type FileReference = z.infer<typeof fileReferenceSchema>;

export const entityCreated = defineEvent({
  name: 'entity.created',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({
    entityType: entityTypeSchema,
    title: titleSchema,
    /** Which of the two a person chose; what was derived may be improved by analysis later. */
    given: z.array(z.enum(['type', 'title'])),
  }),
});

/** Changes of fields that have no event of their own. */
export const entityUpdated = defineEvent({
  name: 'entity.updated',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({
    field: z.enum(['recurrence']),
    oldValue: recurrenceSchema.nullable(),
    newValue: recurrenceSchema.nullable(),
  }),
});

export const entityDeleted = defineEvent({
  name: 'entity.deleted',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({}),
});

export const entityRestored = defineEvent({
  name: 'entity.restored',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({}),
});

export const entityTitleChanged = defineEvent({
  name: 'entity.title_changed',
  aggregateType: 'entity',
  schemaVersion: 2,
  data: z.strictObject({
    oldValue: titleSchema,
    newValue: titleSchema,
    /** Links to the old title lead here still; in version 1 they did not. */
    keepsOld: z.literal(true).optional(),
  }),
  upcasters: { 1: (data) => data },
});

export const entityTypeChanged = defineEvent({
  name: 'entity.type_changed',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ oldValue: entityTypeSchema, newValue: entityTypeSchema }),
});

/** Version 1 did not say what the content names. */
export const entityFileUploaded = defineEvent({
  name: 'entity.file_uploaded',
  aggregateType: 'entity',
  schemaVersion: 2,
  data: fileReferenceSchema,
  upcasters: { 1: (data) => data },
});

/** Says what content names that was stored before that was read from it. It changes nothing that a person made. */
export const entityContentRead = defineEvent({
  name: 'entity.content_read',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ checksum: checksumSchema, names: contentNamesSchema }),
});

export const entityFileDeleted = defineEvent({
  name: 'entity.file_deleted',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ filePath: storableTextSchema, checksum: checksumSchema }),
});

export const entityTagAdded = defineEvent({
  name: 'entity.tag_added',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ tag: tagSchema }),
});

export const entityTagRemoved = defineEvent({
  name: 'entity.tag_removed',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ tag: tagSchema }),
});

/**
 * The entity is erased for good, with what its earlier events said: the log keeps that they happened, and the hash of
 * what they said.
 */
export const entityPurged = defineEvent({
  name: 'entity.purged',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({}),
});
