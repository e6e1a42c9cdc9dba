import { decideCreate, decideCreateRelation, EntityId, EntityType, RelationId } from '@synap/domain';
import { readPublicUrl } from '@synap/outbound';
import type { CommandContext } from '../command-context.ts';
import { deriveTitle } from '../content/derive-title.ts';
import { storeText } from '../content/store-content.ts';
import type { Parts } from '../parts.ts';
import type { EntityView } from '../views.ts';
import { viewOnlyEntity } from '../write/change-entity.ts';
import type { Change } from '../write/commit.ts';
import { writeOnce } from '../write/write-once.ts';
import { refuseParent } from './upload-file.ts';

export interface AddPageInput {
  readonly url: string;
  /** Left out, the page's own. */
  readonly title?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** What it belongs to: that one contains it then. */
  readonly attachTo?: EntityId | undefined;
}

/**
 * Keeps a web page: its address at once, and what is there as soon as it is fetched.
 *
 * @throws {ValidationFailed} if it is no address that may be fetched.
 * @throws {NotFound | Unprocessable} if it is to belong to what cannot have it, as `refuseParent`.
 */
export function addPage(parts: Parts, context: CommandContext, input: AddPageInput): Promise<EntityView> {
  const { title, tags = [], attachTo } = input;
  const { href } = readPublicUrl(input.url);
  const type = EntityType.page;
  return writeOnce(parts, context, {
    command: 'pages.fromUrl',
    request: input,
    retry: false,
    prepare: async () => {
      const id = EntityId.parse(parts.ids.next());
      return { id, file: await storeText(parts, context, { id, type, content: `<${href}>\n` }) };
    },
    decide: async ({ id, file }) => {
      const given: ('type' | 'title')[] = title === undefined ? ['type'] : ['type', 'title'];
      const entity = { type, title: title ?? titleOfAddress(href), given, file, tags, page: { url: href } };
      const decided = decideCreate(entity, { now: parts.clock.now() }).map((delta) => ({ delta }));
      const changes: Change[] = [{ aggregate: 'entity', id, before: null, decided }];
      if (attachTo !== undefined) changes.push(await containedIn(parts, context, { parent: attachTo, child: id }));
      return { changes, answer: viewOnlyEntity };
    },
  });
}

async function containedIn(
  parts: Parts,
  { userId }: CommandContext,
  { parent, child }: { parent: EntityId; child: EntityId },
): Promise<Change> {
  await refuseParent(parts, { userId, attachTo: parent });
  const link = { type: 'contains', sourceId: parent, targetId: child } as const;
  const decided = decideCreateRelation(link).map((delta) => ({ delta }));
  return { aggregate: 'relation', id: RelationId.parse(parts.ids.next()), before: null, decided };
}

/** What stands in for a title until the page is there. */
function titleOfAddress(href: string): string {
  return deriveTitle(href.replace(/^https?:\/\/(?:www\.)?/, '').replace(/[?#].*$|\/$/g, ''));
}
