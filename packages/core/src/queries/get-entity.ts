import { listRelationsOf, loadEntity } from '@synap/database';
import type { EntityId, EntityState, UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';
import { type EntityView, type RelationView, type TaskView, viewEntity, viewRelation } from '../views.ts';

/** One entity with all that hangs on it. */
export interface EntityDetails {
  entity: EntityView;
  task: TaskView | null;
  tags: string[];
  relations: RelationView[];
  /** Where each field's present value comes from: a person, a model, or Synap itself. */
  provenance: EntityState['provenance'];
}

/**
 * One of the user's entities, in the trash or not.
 * @throws {NotFound} if there is none, or it belongs to somebody else.
 */
export async function getEntity({ database }: Parts, userId: UserId, id: EntityId): Promise<EntityDetails> {
  const state = await loadEntity(database.queries, userId, id);
  const relations = await listRelationsOf(database.queries, userId, id);
  const entity = viewEntity(state);
  return {
    entity,
    task: entity.task,
    tags: entity.tags,
    relations: relations.map(viewRelation),
    provenance: state.provenance,
  };
}
