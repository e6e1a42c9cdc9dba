import type {
  CalendarEventView,
  CapturedThought,
  DirectUpload,
  DuplicatePair,
  EntityDetails,
  EntityView,
  Graph,
  Merged,
  Progress,
  Purged,
  RelatedEntity,
  RelationView,
  RevisionDiff,
  TaskView,
} from '@synap/core';
import {
  checksumSchema,
  dueSchema,
  EntityId,
  entityTypeSchema,
  fileTypeSchema,
  RelationId,
  relationTypeSchema,
  scheduleSchema,
  taskPrioritySchema,
  taskStatusSchema,
} from '@synap/domain';
import * as z from 'zod';
import type { ReadableReference } from '../request/readable-references.ts';
import { viewOf } from './view.ts';

export const instantView = z.iso.datetime();
const versionView = z.int().min(1);

export const dueView = dueSchema.meta({
  id: 'Due',
  description: 'A day, or a day and time of day, as it was meant in a timezone.',
  examples: [{ date: '2026-12-01', time: '09:00', timezone: 'Europe/Berlin' }],
});

const taskView = viewOf<TaskView>()(
  'Task',
  z.strictObject({
    status: taskStatusSchema,
    priority: taskPrioritySchema.describe('0 is none, 3 is the highest.'),
    dueDate: z.string().nullable().describe('A day, or an instant in UTC where a time of day is given.'),
    due: dueView.nullable(),
    recurrence: z.string().nullable().describe('RFC 5545, without `RRULE:`.'),
    completedAt: instantView.nullable(),
    remindAt: instantView.nullable(),
    awaitsReminder: z.boolean().describe('Whether that is still to come.'),
  }),
);

const calendarEventView = viewOf<CalendarEventView>()(
  'CalendarEvent',
  z.strictObject({
    startAt: z.string().nullable().describe('A day, or an instant in UTC; `null` where nobody has said when it is.'),
    endAt: z.string().nullable().describe('The last day, or the instant at which it ends.'),
    isAllDay: z.boolean(),
    schedule: scheduleSchema.nullable().describe('The same as it was meant: days, times of day and timezone.'),
    place: z.string().nullable(),
  }),
);

export const exampleId = '019aa3f2-7c10-7d3e-9d2a-4b6f0e1a2c3d';
export const otherExampleId = '019aa3f2-8d20-7e4f-8e3b-5c7f1f2b3d4e';
export const exampleChecksum = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

const exampleEntity = {
  id: exampleId,
  type: 'note',
  title: 'Sourdough',
  preview: 'Feed the starter the evening before.',
  fileUrl: `/api/v1/entities/${exampleId}/content`,
  fileSize: 36,
  fileType: 'markdown',
  checksum: exampleChecksum,
  tags: ['baking'],
  task: null,
  event: null,
  version: 2,
  createdAt: '2026-11-24T09:00:00.000Z',
  updatedAt: '2026-11-24T09:00:00.000Z',
  deletedAt: null,
};

export const entityView = viewOf<EntityView>()(
  'Entity',
  z
    .strictObject({
      id: EntityId,
      type: entityTypeSchema,
      title: z.string(),
      preview: z.string().describe('The first 200 characters of the readable text.'),
      fileUrl: z.string().nullable().describe('Where the content is read, relative to the server.'),
      fileSize: z.int().min(0).nullable().describe('In bytes.'),
      fileType: fileTypeSchema.nullable(),
      checksum: checksumSchema.nullable().describe('SHA-256 of the content in hexadecimal; also its ETag.'),
      tags: z.array(z.string()),
      task: taskView.nullable().describe('Of tasks only.'),
      event: calendarEventView.nullable().describe('Of events of the calendar only.'),
      version: versionView.describe('Send it back as `expectedVersion` with a change.'),
      createdAt: instantView,
      updatedAt: instantView,
      deletedAt: instantView.nullable().describe('Since when it is in the trash.'),
    })
    .meta({ examples: [exampleEntity] }),
);

export const relationView = viewOf<RelationView>()(
  'Relation',
  z.strictObject({
    id: RelationId,
    type: relationTypeSchema,
    sourceId: EntityId,
    targetId: EntityId,
    isInContent: z.boolean().describe('It stands in the text of the source, and is there as long as it does.'),
    createdAt: instantView,
  }),
);

export const entityAnswer = z.strictObject({ entity: entityView });
export const relationAnswer = z.strictObject({ relation: relationView });
/** Of what created a thing with content. */
export const createdAnswer = z.strictObject({
  entity: entityView,
  fileUrl: z.string().nullable().describe('Where the content is read, relative to the server.'),
});

export const capturedView = viewOf<CapturedThought>()(
  'CapturedThought',
  z.strictObject({
    entity: entityView.describe('What was taken in, or what stood there already.'),
    recalled: z
      .strictObject({ entityIds: z.array(EntityId) })
      .exactOptional()
      .describe('Of what was not taken in, since all of it stands in the notes already: where.'),
  }),
);

const provenanceView = z
  .strictObject({
    by: z.enum(['person', 'ai', 'derived']).describe('Who set it: a person, a model, or Synap itself.'),
    version: versionView.describe('The version that set it.'),
    model: z.string().exactOptional(),
    confidence: z.number().exactOptional(),
  })
  .meta({ id: 'Provenance', examples: [{ by: 'ai', version: 3, model: 'local-1', confidence: 0.9 }] });

export const referenceView = viewOf<ReadableReference>()(
  'Reference',
  z.strictObject({
    id: EntityId,
    type: entityTypeSchema,
    title: z.string().nullable().describe('`null` where it is of a kind that the key does not open.'),
    status: taskStatusSchema.nullable().describe('Of tasks only.'),
  }),
);

type ReadableDetails = Omit<EntityDetails, 'linked'> & {
  blockedBy: ReadableReference[];
  blocks: ReadableReference[];
  contains: ReadableReference[];
  progress: Progress | null;
};

export const entityDetailsView = viewOf<ReadableDetails>()(
  'EntityDetails',
  z.strictObject({
    entity: entityView,
    task: taskView.nullable(),
    event: calendarEventView.nullable(),
    tags: z.array(z.string()),
    relations: z.array(relationView),
    provenance: z
      .strictObject({
        title: provenanceView.exactOptional(),
        type: provenanceView.exactOptional(),
        tags: provenanceView.exactOptional(),
        status: provenanceView.exactOptional(),
        priority: provenanceView.exactOptional(),
        due: provenanceView.exactOptional(),
        recurrence: provenanceView.exactOptional(),
        reminder: provenanceView.exactOptional(),
        schedule: provenanceView.exactOptional(),
        place: provenanceView.exactOptional(),
      })
      .describe('Where the present value of each field comes from.'),
    blockedBy: z.array(referenceView).describe('What must be done before it, and is not done yet.'),
    blocks: z.array(referenceView).describe('What waits for it.'),
    contains: z.array(referenceView),
    progress: z
      .strictObject({ done: z.int().min(0), total: z.int().min(0) })
      .nullable()
      .describe('Of projects: of how many tasks how many are done.'),
  }),
);

export const graphView = viewOf<Graph>()(
  'Graph',
  z.strictObject({
    root: EntityId,
    nodes: z.array(entityView),
    edges: z.array(relationView),
    isTruncated: z.boolean().describe('There is more within this depth than one answer holds.'),
  }),
);

export const purgedView = viewOf<Purged>()(
  'Purged',
  z.strictObject({
    id: EntityId,
    purgedAt: instantView,
    events: z.int().min(0).describe('How many events lost what they said.'),
    files: z.int().min(0),
  }),
);

export const revisionDiffView = viewOf<RevisionDiff>()(
  'RevisionDiff',
  z.strictObject({
    id: EntityId,
    fromVersion: versionView,
    toVersion: versionView,
    diff: z.string().describe('In the unified format.'),
    addedLines: z.int().min(0),
    removedLines: z.int().min(0),
  }),
);

const relatedWhyView = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('meaning'), similarity: z.number().describe('Cosine similarity.') }),
  z.strictObject({
    kind: z.literal('link'),
    type: relationTypeSchema,
    direction: z.enum(['outgoing', 'incoming']).describe('`outgoing` if the link starts at the thing asked about.'),
  }),
]);

export const relatedView = viewOf<RelatedEntity>()(
  'RelatedEntity',
  z.strictObject({
    entity: entityView,
    score: z.number().describe('0 to 1; comparable within one answer only.'),
    why: z.array(relatedWhyView),
  }),
);

export const duplicateView = viewOf<DuplicatePair>()(
  'DuplicatePair',
  z.strictObject({
    entity: entityView.describe('The older one: what would be kept.'),
    duplicate: entityView,
    similarity: z.number().describe('Cosine similarity of what they mean.'),
    overlap: z.number().describe('The share of their runs of words that both have.'),
  }),
);

export const mergedView = viewOf<Merged>()(
  'Merged',
  z.strictObject({ entity: entityView, duplicate: entityView.describe('In the trash now.') }),
);

export const directUploadView = viewOf<DirectUpload>()(
  'DirectUpload',
  z.strictObject({
    uploadId: z.string().describe('To be given back when the file is sent.'),
    url: z.string().describe('Where the file is sent to.'),
    method: z.literal('PUT'),
    headers: z.record(z.string(), z.string()).describe('To be sent with the file.'),
    expiresAt: instantView,
  }),
);
