import { actorSchema, EntityId, RerunId, UserId } from '@synap/domain';
import * as z from 'zod';

/** Starts the analysis of everything that was captured. */
export const RERUN_REQUESTED = 'rerun.requested';
/** Starts the application of what a rerun came to. */
export const RERUN_APPLICATION_REQUESTED = 'rerun.application_requested';

export const rerunRequestSchema = z.strictObject({ userId: UserId, rerunId: RerunId });

export const rerunApplicationSchema = rerunRequestSchema.extend({
  /** Who asked for it. */
  actor: actorSchema,
  /** `null` is all. */
  entityIds: z.array(EntityId).nullable(),
});
