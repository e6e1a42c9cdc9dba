import * as z from 'zod';
import { EntityId } from '../ids.ts';
import { relationTypeSchema } from '../vocabulary.ts';
import { defineEvent } from './define-event.ts';

/** A directed link: `source` contains, blocks, mentions … `target`. */
export const relationCreated = defineEvent({
  name: 'relation.created',
  aggregateType: 'relation',
  schemaVersion: 1,
  data: z.strictObject({ relationType: relationTypeSchema, sourceId: EntityId, targetId: EntityId }),
});

export const relationDeleted = defineEvent({
  name: 'relation.deleted',
  aggregateType: 'relation',
  schemaVersion: 1,
  data: z.strictObject({}),
});
