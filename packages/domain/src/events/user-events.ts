import * as z from 'zod';
import { colourSchema, tagSchema } from '../vocabulary.ts';
import { defineEvent } from './define-event.ts';

/** A tag is shown in another colour; `null` is none of its own. */
export const userTagColoured = defineEvent({
  name: 'user.tag_coloured',
  aggregateType: 'user',
  schemaVersion: 1,
  data: z.strictObject({ tag: tagSchema, oldValue: colourSchema.nullable(), newValue: colourSchema.nullable() }),
});
