import {
  decideCreate,
  EntityId,
  type EntityType,
  type EventChange,
  type NewEntity,
  type TaskChange,
} from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import { deriveTitle } from '../content/derive-title.ts';
import { storeText } from '../content/store-content.ts';
import type { Parts } from '../parts.ts';
import type { EntityView } from '../views.ts';
import { viewOnlyEntity } from '../write/change-entity.ts';
import { writeOnce } from '../write/write-once.ts';

export interface CreateInput {
  readonly type: EntityType;
  readonly content: string;
  readonly title?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly task?: TaskChange | undefined;
  readonly event?: EventChange | undefined;
}

/**
 * Keeps a thing of a kind that the person names.
 * @throws as `storeText`.
 */
export function createOfType(parts: Parts, context: CommandContext, input: CreateInput): Promise<EntityView> {
  const { type, content, title, tags = [], task, event } = input;
  return createEntity(parts, context, {
    command: `${type}s.create`,
    request: input,
    content,
    entity: {
      type,
      title: title ?? deriveTitle(content),
      given: title === undefined ? ['type'] : ['type', 'title'],
      tags,
      ...(task === undefined ? {} : { task }),
      ...(event === undefined ? {} : { event }),
    },
  });
}

function createEntity(
  parts: Parts,
  context: CommandContext,
  creation: { command: string; request: unknown; content: string; entity: Omit<NewEntity, 'file'> },
): Promise<EntityView> {
  const { command, request, content, entity } = creation;
  return writeOnce(parts, context, {
    command,
    request,
    retry: false,
    prepare: async () => {
      await parts.quota?.check(context.userId, { items: 1, bytes: Buffer.byteLength(content) });
      const id = EntityId.parse(parts.ids.next());
      return { id, file: await storeText(parts, context, { id, type: entity.type, content }) };
    },
    decide: async ({ id, file }) => {
      const decided = decideCreate({ ...entity, file }, { now: parts.clock.now() }).map((delta) => ({ delta }));
      return { changes: [{ aggregate: 'entity', id, before: null, decided }], answer: viewOnlyEntity };
    },
  });
}
