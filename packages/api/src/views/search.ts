import { type AskMessage, type IndexStatus, type SearchExplanation, type SearchHit, WhyNotReason } from '@synap/core';
import { EntityId } from '@synap/domain';
import * as z from 'zod';
import { entityView, instantView } from './things.ts';
import { viewOf } from './view.ts';

const chunkView = z
  .strictObject({
    index: z.int().min(0),
    start: z.int().min(0).describe('Byte offset in the file.'),
    end: z.int().min(0).describe('Byte offset in the file, exclusive.'),
  })
  .describe('Which part of the content it was.');
const similarityView = z.number().nullable().describe('Cosine similarity; `null` where it was found by words only.');
const coverageView = z.number().describe("The share of the query's rare words that it has.");
const wordBonusView = z.number().describe('What the words added to the similarity, in its units.');

const searchHitView = viewOf<SearchHit>()(
  'SearchHit',
  z.strictObject({
    entity: entityView,
    score: z.number().describe('0 to 1; comparable within one answer only.'),
    snippet: z.string().describe('The part of the content that fits best.'),
    why: z.strictObject({
      chunk: chunkView,
      similarity: similarityView,
      coverage: coverageView,
      words: z.array(z.string()),
      wordBonus: wordBonusView,
    }),
  }),
);

const explanationView = viewOf<SearchExplanation>()(
  'SearchExplanation',
  z.strictObject({
    words: z.array(z.strictObject({ word: z.string(), rarity: z.number(), isKnown: z.boolean() })),
    candidates: z.strictObject({ chunks: z.int().min(0), entities: z.int().min(0) }),
    answerThreshold: z.number().describe('Less than this is no answer.'),
    whyNot: z
      .strictObject({
        entityId: EntityId,
        reason: z.enum(WhyNotReason),
        message: z.string(),
        rank: z.int().min(1).nullable(),
        best: z
          .strictObject({
            chunk: chunkView,
            score: z.number(),
            similarity: similarityView,
            wordBonus: wordBonusView,
            coverage: coverageView,
            words: z.array(z.string()),
          })
          .nullable(),
      })
      .nullable()
      .describe('Why the thing that was asked about is not in the answer.'),
  }),
);

export const searchAnswer = z
  .strictObject({
    items: z.array(searchHitView),
    closest: z.array(searchHitView).describe('Where nothing is an answer: what came closest to one.'),
    explanation: explanationView.exactOptional(),
  })
  .meta({ id: 'SearchAnswer' });

export const indexStatusView = viewOf<IndexStatus>()(
  'IndexStatus',
  z.strictObject({
    index: z.string().describe('What the index is, and what it lacks.'),
    items: z.array(
      z.strictObject({
        model: z.string(),
        status: z.enum(['live', 'building']),
        indexed: z.int().min(0),
        pending: z.int().min(0),
        failed: z.int().min(0),
        failures: z.array(z.strictObject({ entityId: z.string(), reason: z.string(), failedAt: instantView })),
        chunks: z.int().min(0),
      }),
    ),
  }),
);

const citationFields = {
  number: z.int().min(1),
  entityId: EntityId,
  title: z.string(),
  version: z.int().min(1),
  checksum: z.string(),
  start: z.int().min(0).describe('Byte offset in the file.'),
  end: z.int().min(0).describe('Byte offset in the file, exclusive.'),
  quote: z.string().describe('In the file, exactly there.'),
};
const textFields = { text: z.string(), citations: z.array(z.int().min(1)) };
const closestView = z.array(z.strictObject({ entityId: z.string(), title: z.string() }));
const answerKind = z.enum(['extractive', 'written']);

/** One line of a streamed answer. */
export const askMessageView = viewOf<AskMessage>()(
  'AskMessage',
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('searching'), question: z.string() }),
    z.strictObject({ type: z.literal('citation'), ...citationFields }),
    z.strictObject({ type: z.literal('text'), ...textFields }),
    z.strictObject({
      type: z.literal('done'),
      kind: answerKind,
      model: z.string(),
      insteadOf: z.string().exactOptional(),
    }),
    z.strictObject({ type: z.literal('no-answer'), message: z.string(), closest: closestView }),
  ]),
);

export const wholeAnswerView = z
  .strictObject({
    answer: z.string().nullable().describe('`null` where the notes do not answer.'),
    kind: answerKind.nullable(),
    parts: z.array(z.strictObject(textFields)),
    citations: z.array(z.strictObject(citationFields)),
    closest: closestView,
  })
  .meta({ id: 'Answer' });
