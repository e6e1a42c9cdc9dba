import type { ChangeView, Undone } from '@synap/core';
import {
  actorSchema,
  aggregateTypeSchema,
  CorrelationId,
  EventId,
  type EventName,
  eventCatalogue,
  eventNames,
  eventSourceSchema,
} from '@synap/domain';
import * as z from 'zod';
import { entityView, instantView, relationView } from './things.ts';
import { viewOf } from './view.ts';

const actorView = actorSchema.meta({
  id: 'Actor',
  description: 'Who acted: a person, a key, an agent, a workflow, or Synap itself.',
  examples: [{ kind: 'user', id: '019aa3f2-0000-7000-8000-000000000001' }],
});

const headerFields = {
  id: EventId,
  position: z.string().describe('Order over the whole log; only good as `after`.'),
  aggregateId: z.string(),
  aggregateType: aggregateTypeSchema,
  version: z.int().min(1),
  timestamp: instantView,
  actor: actorView,
  command: z.string().describe('What was carried out, such as `capture.thought`.'),
  source: eventSourceSchema,
  correlationId: CorrelationId,
  causationId: EventId.nullable(),
  description: z.string().describe('What it did, as a sentence.'),
  ai: z
    .strictObject({
      model: z.string(),
      inputChecksum: z.string(),
      confidence: z.number().optional(),
      isAccepted: z.literal(true).optional().describe('The model only suggested it: the actor decided.'),
    })
    .nullable()
    .describe('Of what a model decided or suggested.'),
  contentUrl: z.string().nullable().describe('Where the content of this revision is read; of events that stored some.'),
};

/** `entity.title_changed` as `EntityTitleChangedEvent`. */
function nameOf(type: string): string {
  const words = type.split(/[._]/).map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `${words.join('')}Event`;
}

function declaredEvent<Name extends EventName>(name: Name) {
  const { data } = eventCatalogue[name];
  return z.strictObject({ ...headerFields, type: z.literal(name), data }).meta({ id: nameOf(name) });
}

const erasedEvent = z
  .strictObject({
    ...headerFields,
    type: z.literal('event.erased'),
    data: z.strictObject({
      erased: z.string().describe('SHA-256 of what it said, as canonical JSON (RFC 8785).'),
      eventType: z.string(),
    }),
  })
  .meta({ id: nameOf('event.erased') });

/** Each type of event with what it says. Of this the compiler sees less than of `EventView`: a list of all types. */
export const eventView = z
  .discriminatedUnion('type', [erasedEvent, ...eventNames.map(declaredEvent)])
  .meta({ id: 'Event' });

/** A page of the log, which has no end. */
export const logPageView = z.strictObject({
  items: z.array(eventView),
  nextCursor: z.string().describe('Send it as `after` for what comes next; more may come at any time.'),
});

export const changeView = viewOf<ChangeView>()(
  'Change',
  z.strictObject({
    correlationId: CorrelationId.describe('Undo it by this.'),
    command: z.string().describe('What was carried out first.'),
    actor: actorView,
    startedAt: instantView,
    endedAt: instantView,
    events: z.int().min(0),
    aggregates: z.int().min(0).describe('How many things it touched.'),
    undoes: CorrelationId.nullable().describe('What it undid, if it was an undo.'),
    undoneBy: CorrelationId.nullable(),
  }),
);

export const undoneView = viewOf<Undone>()(
  'Undone',
  z.strictObject({
    correlationId: CorrelationId.describe('What was undone.'),
    undoCorrelationId: CorrelationId.describe("The undo's own: undoing this brings back what was undone."),
    entities: z.array(entityView),
    relations: z.array(relationView),
    areTagsRecoloured: z.boolean().describe('Whether tags have their colours from before again.'),
  }),
);
