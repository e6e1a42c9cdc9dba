import { decideCreate, EntityId, EntityType, EventSource, type FileReference, Unavailable } from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import { deriveTitle } from '../content/derive-title.ts';
import { storeText } from '../content/store-content.ts';
import type { Parts } from '../parts.ts';
import { findRecalled, type Recalled } from '../recall/find-recalled.ts';
import { type EntityView, viewEntity } from '../views.ts';
import { viewOnlyEntity } from '../write/change-entity.ts';
import { type Decision, writeOnce } from '../write/write-once.ts';

export interface CaptureInput {
  readonly content: string;
  /** The person's present time; left out, the server's. */
  readonly now?: Date | undefined;
  /** The person's IANA timezone. */
  readonly timezone: string;
}

export interface CapturedThought {
  /** What was taken in, or what stood there already. */
  entity: EntityView;
  /** Of what was not taken in, since all of it stands in the notes already: where. */
  recalled?: { entityIds: EntityId[] };
}

/**
 * Takes in a raw thought: a note at once, and enrichment turns it into what it is. What an agent or an automation hands
 * in and the notes say already, word for word, is not taken in a second time; what a person captures always is.
 *
 * @throws as `storeText`.
 */
export function captureThought(parts: Parts, context: CommandContext, input: CaptureInput): Promise<CapturedThought> {
  const { content, timezone } = input;
  return writeOnce(parts, context, {
    command: 'capture.thought',
    request: { content, now: input.now?.toISOString() ?? null, timezone },
    retry: false,
    prepare: async (): Promise<Prepared> => {
      const recalled = mayRecall(context) ? await recalledIn(parts, context, content) : null;
      if (recalled !== null) return { recalled };
      const id = EntityId.parse(parts.ids.next());
      return { id, file: await storeText(parts, context, { id, type: EntityType.note, content }) };
    },
    decide: async (prepared) => ('recalled' in prepared ? leaveOut(prepared.recalled) : takeIn(parts, prepared, input)),
  });
}

type Prepared = { readonly recalled: Recalled } | { readonly id: EntityId; readonly file: FileReference };

function leaveOut({ entity, entityIds }: Recalled): Decision<CapturedThought> {
  return { changes: [], answer: () => ({ entity: viewEntity(entity), recalled: { entityIds: [...entityIds] } }) };
}

function takeIn(
  parts: Parts,
  { id, file }: { id: EntityId; file: FileReference },
  { content, now = parts.clock.now(), timezone }: CaptureInput,
): Decision<CapturedThought> {
  const note = { type: EntityType.note, title: deriveTitle(content), given: [], file, analysis: { now, timezone } };
  const decided = decideCreate(note, { now: parts.clock.now() }).map((delta) => ({ delta }));
  return {
    changes: [{ aggregate: 'entity', id, before: null, decided }],
    answer: (states) => ({ entity: viewOnlyEntity(states) }),
  };
}

/** Where nothing can be compared, nothing is left out. */
async function recalledIn(parts: Parts, { userId }: CommandContext, content: string): Promise<Recalled | null> {
  try {
    return await findRecalled(parts, userId, content);
  } catch (error) {
    if (error instanceof Unavailable) return null;
    throw error;
  }
}

/** Who speaks for somebody else may repeat what they were told. */
function mayRecall({ actor, source }: CommandContext): boolean {
  return actor.kind === 'agent' || actor.kind === 'workflow' || source === EventSource.automation;
}
