import type { DecidedSuggestion, RerunDifference, RerunView, SuggestionView } from '@synap/core';
import { EntityId, entityTypeSchema, RerunId, SuggestionId, SuggestionStatus } from '@synap/domain';
import * as z from 'zod';
import { dueView, entityView, instantView } from './things.ts';
import { viewOf } from './view.ts';

const fieldView = z.enum(['type', 'title', 'due', 'recurrence', 'tags', 'links']);
const valueView = z
  .union([entityTypeSchema, z.string(), dueView, z.strictObject({ targetId: EntityId })])
  .describe('Of a due date as it is meant, of a link its other end.');
const presentView = z
  .union([z.string(), dueView])
  .nullable()
  .describe('What the field holds now; `null` for nothing, and for tags and links, which are added.');
const confidenceView = z.number().min(0).max(1);

export const suggestionView = viewOf<SuggestionView>()(
  'Suggestion',
  z.strictObject({
    id: SuggestionId,
    entityId: EntityId,
    title: z.string().describe('Of what it was made for.'),
    version: z.int().min(1).describe('Of the entity: send it back as `expectedVersion` with the decision.'),
    field: fieldView,
    value: valueView,
    present: presentView,
    confidence: confidenceView,
    model: z.string(),
    because: z.enum(['low_confidence', 'set_by_person']),
    status: z.enum(SuggestionStatus),
    madeAt: instantView,
  }),
);

export const decidedSuggestionView = viewOf<DecidedSuggestion>()(
  'DecidedSuggestion',
  z.strictObject({ suggestion: suggestionView, entity: entityView }),
);

export const rerunView = viewOf<RerunView>()(
  'Rerun',
  z.strictObject({
    id: RerunId.describe('Also the correlation id of all that is applied of it.'),
    model: z.string().nullable(),
    since: instantView.nullable(),
    status: z.enum(['analysing', 'ready', 'applying', 'applied', 'failed']),
    totalThings: z.int().min(0),
    analysed: z.int().min(0),
    failed: z.int().min(0),
    applied: z.int().min(0),
    error: z.string().nullable(),
    createdAt: instantView,
    finishedAt: instantView.nullable(),
  }),
);
export const rerunAnswer = z.strictObject({ rerun: rerunView });

export const rerunDifferenceView = viewOf<RerunDifference>()(
  'RerunDifference',
  z.strictObject({
    entity: entityView,
    model: z.string(),
    differences: z.array(
      z.strictObject({
        field: fieldView,
        present: presentView,
        proposed: valueView,
        confidence: confidenceView,
        effect: z.enum(['change', 'suggestion']).describe('What applying it does.'),
      }),
    ),
  }),
);
