import { eventNames } from '@synap/domain';
import * as z from 'zod';

/** A position of the log, as ids of events and cursors say it. */
export const positionSchema = z
  .string()
  .regex(/^\d{1,18}$/, 'a position that this list has answered')
  .transform(BigInt);

/** What of the feed is wanted, and from where on. */
export const feedInput = z.strictObject({
  after: positionSchema.optional(),
  aggregateId: z.uuid().optional(),
  type: z.enum(eventNames).optional(),
});
export type FeedInput = z.infer<typeof feedInput>;

/** The input as a filter of the log. */
export function feedFilter({ aggregateId, type }: Pick<FeedInput, 'aggregateId' | 'type'>) {
  return {
    ...(aggregateId === undefined ? {} : { aggregateId }),
    ...(type === undefined ? {} : { types: [type] }),
  };
}
