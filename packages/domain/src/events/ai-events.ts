import * as z from 'zod';
import {
  dueSchema,
  entityTypeSchema,
  recurrenceSchema,
  storableTextSchema,
  tagSchema,
  timezoneNameSchema,
  titleSchema,
} from '../vocabulary.ts';
import { defineEvent } from './define-event.ts';
import { checksumSchema } from './entity-events.ts';

const confidenceSchema = z.number().min(0).max(1);
const guess = <Value extends z.ZodType>(value: Value) => z.strictObject({ value, confidence: confidenceSchema });

/** What an analysis makes of a capture: a guess for each field, with how sure it is of it (0..1). */
export const analysisSchema = z.strictObject({
  /** Which analyser, with its version. */
  model: storableTextSchema.min(1).max(200),
  type: guess(entityTypeSchema),
  title: guess(titleSchema),
  due: guess(dueSchema).nullable(),
  recurrence: guess(recurrenceSchema).nullable(),
  tags: z.array(guess(tagSchema)).max(20),
});
export type Analysis = z.infer<typeof analysisSchema>;

/** The parts of an entity that enrichment may set. */
export const enrichableFieldSchema = z.enum(['type', 'title', 'due', 'recurrence', 'tags']);
export type EnrichableField = z.infer<typeof enrichableFieldSchema>;

/** Asks for a capture's enrichment; `now` and `timezone` are the person's, so that 'tomorrow' means theirs. */
export const aiAnalysisRequested = defineEvent({
  name: 'ai.analysis_requested',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ checksum: checksumSchema, now: z.iso.datetime(), timezone: timezoneNameSchema }),
});

export const aiAnalysisCompleted = defineEvent({
  name: 'ai.analysis_completed',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ checksum: checksumSchema, analysis: analysisSchema }),
});

/** Closes an enrichment: what was taken over from the analysis, and what was left and why. */
export const aiEnrichmentApplied = defineEvent({
  name: 'ai.enrichment_applied',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({
    checksum: checksumSchema,
    applied: z.array(enrichableFieldSchema),
    left: z.array(
      z.strictObject({ field: enrichableFieldSchema, because: z.enum(['set_by_person', 'low_confidence']) }),
    ),
  }),
});
