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

/** A link that was taken away is there again. */
export const relationRestored = defineEvent({
  name: 'relation.restored',
  aggregateType: 'relation',
  schemaVersion: 1,
  data: z.strictObject({}),
});

/** The link is erased for good, because one of its ends is; see `entity.purged`. */
export const relationPurged = defineEvent({
  name: 'relation.purged',
  aggregateType: 'relation',
  schemaVersion: 1,
  data: z.strictObject({}),
});
