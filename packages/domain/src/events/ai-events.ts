import * as z from 'zod';
import { EntityId, SuggestionId } from '../ids.ts';
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

const personSchema = storableTextSchema.trim().min(1).max(100);
/** A link from the entity to another of the user's own. */
const linkSchema = z.strictObject({ targetId: EntityId });

/** What an analysis makes of a capture: a guess for each field, with how sure it is of it (0..1). */
export const analysisSchema = z.strictObject({
  /** Which analyser, with its version. */
  model: storableTextSchema.min(1).max(200),
  type: guess(entityTypeSchema),
  title: guess(titleSchema),
  due: guess(dueSchema).nullable(),
  recurrence: guess(recurrenceSchema).nullable(),
  tags: z.array(guess(tagSchema)).max(20),
  /** Who is named in it, as they are named. */
  people: z.array(guess(personSchema)).max(20),
  /** Those of the user's own things that it speaks of. */
  links: z.array(guess(linkSchema)).max(20),
});
export type Analysis = z.infer<typeof analysisSchema>;

/** The parts of an entity that enrichment may set. */
export const enrichableFieldSchema = z.enum(['type', 'title', 'due', 'recurrence', 'tags', 'links']);
export type EnrichableField = z.infer<typeof enrichableFieldSchema>;

/** Asks for a capture's enrichment; `now` and `timezone` are the person's, so that 'tomorrow' means theirs. */
export const aiAnalysisRequested = defineEvent({
  name: 'ai.analysis_requested',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ checksum: checksumSchema, now: z.iso.datetime(), timezone: timezoneNameSchema }),
});

/** Version 1 had neither people nor links. */
export const aiAnalysisCompleted = defineEvent({
  name: 'ai.analysis_completed',
  aggregateType: 'entity',
  schemaVersion: 2,
  data: z.strictObject({ checksum: checksumSchema, analysis: analysisSchema }),
  upcasters: {
    1: (data) => {
      const { analysis, ...rest } = z
        .object({ analysis: z.looseObject({}) })
        .loose()
        .parse(data);
      return { ...rest, analysis: { ...analysis, people: [], links: [] } };
    },
  },
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
      z.strictObject({
        field: enrichableFieldSchema,
        because: z.enum(['set_by_person', 'low_confidence', 'declined']),
      }),
    ),
  }),
});

/** What is proposed: a value of one field; of tags and links, one of them. */
export const suggestedValueSchema = z.discriminatedUnion('field', [
  z.strictObject({ field: z.literal('type'), value: entityTypeSchema }),
  z.strictObject({ field: z.literal('title'), value: titleSchema }),
  z.strictObject({ field: z.literal('due'), value: dueSchema }),
  z.strictObject({ field: z.literal('recurrence'), value: recurrenceSchema }),
  z.strictObject({ field: z.literal('tags'), value: tagSchema }),
  z.strictObject({ field: z.literal('links'), value: linkSchema }),
]);
export type SuggestedValue = z.infer<typeof suggestedValueSchema>;

/** Why something is only suggested: the analysis is not sure, or a person chose otherwise. */
export const suggestionReasonSchema = z.enum(['low_confidence', 'set_by_person']);
export type SuggestionReason = z.infer<typeof suggestionReasonSchema>;

/** An analysis proposes something, and a person is to decide. */
export const aiSuggestionMade = defineEvent({
  name: 'ai.suggestion_made',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({
    suggestionId: SuggestionId,
    suggested: suggestedValueSchema,
    confidence: confidenceSchema,
    model: storableTextSchema.min(1).max(200),
    /** Of the content that it was made of. */
    checksum: checksumSchema,
    because: suggestionReasonSchema,
  }),
});

const decidedSuggestion = z.strictObject({ suggestionId: SuggestionId, suggested: suggestedValueSchema });

/** A person takes it over; what changes by that is said by the events that follow. */
export const aiSuggestionAccepted = defineEvent({
  name: 'ai.suggestion_accepted',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: decidedSuggestion,
});

/** A person does not want it: the same is never suggested for this entity again. */
export const aiSuggestionDeclined = defineEvent({
  name: 'ai.suggestion_declined',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: decidedSuggestion,
});

/** An undo takes the decision back: it is to be decided again. */
export const aiSuggestionReopened = defineEvent({
  name: 'ai.suggestion_reopened',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: decidedSuggestion,
});

/** An undo takes back that it was suggested at all. */
export const aiSuggestionWithdrawn = defineEvent({
  name: 'ai.suggestion_withdrawn',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: decidedSuggestion,
});
