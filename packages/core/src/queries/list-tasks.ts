import { listOpenTasks, listRelationsOf, type Page, type TaskPlace } from '@synap/database';
import { EntityId, type EntityState, type UserId, ValidationFailed } from '@synap/domain';
import type { Parts } from '../parts.ts';
import { type EntityView, viewEntity } from '../views.ts';
import { DueList, daysOfDueList, isInDueList } from './due-list.ts';
import { type LinkedThings, readLinkedThings } from './linked-things.ts';

/** A task that is still to do, with what it waits for and what waits for it. */
export type TaskItem = EntityView & Pick<LinkedThings, 'blockedBy' | 'blocks'>;

export interface TaskListInput {
  readonly list: DueList;
  /** Where the person is: what is today there. */
  readonly timezone: string;
  readonly tag?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/**
 * What is still to do, what is due first first; of one day, what has no time of day last.
 * @throws {ValidationFailed} if the cursor is not one of this list.
 */
export async function listTasks(parts: Parts, userId: UserId, input: TaskListInput): Promise<Page<TaskItem>> {
  const { list, limit } = input;
  const found = await findTasks(parts, userId, input);
  const states = found.slice(0, limit);
  const ids = states.map(({ id }) => id);
  const relations = await listRelationsOf(parts.database.queries, userId, ids);
  const linked = await readLinkedThings(parts, userId, { states, relations });
  const items = states.map((state) => {
    const { blockedBy = [], blocks = [] } = linked.get(state.id) ?? {};
    return { ...viewEntity(state), blockedBy, blocks };
  });
  const last = states.at(-1);
  return { items, nextCursor: found.length > limit && last !== undefined ? encodeCursor(last, list) : null };
}

/** One more than is wanted, if there are so many. The database knows days; what is today for whom is told here. */
async function findTasks(
  { database, clock }: Parts,
  userId: UserId,
  { list, timezone, tag, limit, cursor }: TaskListInput,
): Promise<EntityState[]> {
  const onlooker = { now: clock.now(), timezone };
  const isDue = list === DueList.open ? undefined : list !== DueList.undated;
  const filter = { ...daysOfDueList(list, onlooker), isDue, tag };
  const found: EntityState[] = [];
  let after = cursor === undefined ? undefined : decodeCursor(cursor, list);
  for (;;) {
    const page = await listOpenTasks(database.queries, userId, { filter, after, limit: limit + 1 });
    found.push(...page.filter(({ task }) => isInDueList(task?.due ?? null, list, onlooker)));
    const last = page.at(-1);
    if (found.length > limit || page.length <= limit || last === undefined) return found.slice(0, limit + 1);
    after = placeOf(last);
  }
}

function placeOf({ id, task }: EntityState): TaskPlace {
  return { date: task?.due?.date ?? null, time: task?.due?.time ?? null, id };
}

function encodeCursor(state: EntityState, list: DueList): string {
  const { date, time, id } = placeOf(state);
  return Buffer.from(`${list} ${date ?? '-'} ${time ?? '-'} ${id}`).toString('base64url');
}

function decodeCursor(cursor: string, list: DueList): TaskPlace {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [, ofList, date, time, id] = /^(\w+) (-|\d{4}-\d\d-\d\d) (-|\d\d:\d\d) ([0-9a-f-]{36})$/.exec(text) ?? [];
  const isDay = date === '-' || !Number.isNaN(Date.parse(date ?? ''));
  const { data: parsed } = EntityId.safeParse(id);
  if (ofList !== list || parsed === undefined || !isDay || date === undefined || time === undefined) {
    throw new ValidationFailed([{ field: 'cursor', message: 'a cursor that this list has answered' }]);
  }
  return { date: date === '-' ? null : date, time: time === '-' ? null : time, id: parsed };
}
