import * as z from 'zod';
import { placeSchema, scheduleSchema } from '../vocabulary.ts';
import { defineEvent } from './define-event.ts';

/** When an event of the calendar takes place; `null` takes it out of the calendar. */
export const eventScheduleSet = defineEvent({
  name: 'event.schedule_set',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ oldValue: scheduleSchema.nullable(), newValue: scheduleSchema.nullable() }),
});

export const eventPlaceSet = defineEvent({
  name: 'event.place_set',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ oldValue: placeSchema.nullable(), newValue: placeSchema.nullable() }),
});
