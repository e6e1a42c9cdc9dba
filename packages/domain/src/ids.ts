import * as z from 'zod';

/**
 * Branded identifiers. All of them are UUID version 7 (RFC 9562), so they sort by the time they were made.
 * The brand keeps an entity's id from being passed where a user's id belongs.
 */
export const UserId = z.uuidv7().brand<'UserId'>();
export type UserId = z.infer<typeof UserId>;

export const EntityId = z.uuidv7().brand<'EntityId'>();
export type EntityId = z.infer<typeof EntityId>;

export const RelationId = z.uuidv7().brand<'RelationId'>();
export type RelationId = z.infer<typeof RelationId>;

export const EventId = z.uuidv7().brand<'EventId'>();
export type EventId = z.infer<typeof EventId>;

/** Of something that an analysis proposes for an entity and a person decides on. */
export const SuggestionId = z.uuidv7().brand<'SuggestionId'>();
export type SuggestionId = z.infer<typeof SuggestionId>;

/** Of a pass that analyses captures again; also the correlation id of all that is applied of it. */
export const RerunId = z.uuidv7().brand<'RerunId'>();
export type RerunId = z.infer<typeof RerunId>;

/** Of an address that is told of events. */
export const WebhookId = z.uuidv7().brand<'WebhookId'>();
export type WebhookId = z.infer<typeof WebhookId>;

/** Of one message to a webhook, in the log of its deliveries. */
export const DeliveryId = z.uuidv7().brand<'DeliveryId'>();
export type DeliveryId = z.infer<typeof DeliveryId>;

/** One per request, run or import: everything written under it can be found, and undone, together. */
export const CorrelationId = z.uuidv7().brand<'CorrelationId'>();
export type CorrelationId = z.infer<typeof CorrelationId>;

/** Where new ids come from; a parameter, so that tests are exact. */
export interface IdSource {
  /** A new UUID version 7, later than every one given out before by this source. */
  next(): string;
}

/** Where the time comes from; a parameter, so that tests are exact. */
export interface Clock {
  now(): Date;
}
