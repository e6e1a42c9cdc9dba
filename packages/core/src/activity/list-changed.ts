import { loadEntities } from '@synap/database';
import { EntityId, type EventName, isEntityEvent, type UserId, ValidationFailed } from '@synap/domain';
import { DateTime } from 'luxon';
import type { Parts } from '../parts.ts';
import { type EntityView, viewEntity } from '../views.ts';
import { isDoneBySomebody } from './read-activity.ts';

/** One thing that was changed in a stretch of time. */
export interface ChangedThing {
  entity: EntityView;
  /** What happened to it, in the order in which it did for the first time. */
  events: EventName[];
  firstAt: string;
  lastAt: string;
}

/** What was changed in a stretch of time. */
export interface ChangedThings {
  from: string;
  to: string;
  /** How many things were made, completed (tasks) and put into the trash, and how many were changed at all. */
  created: number;
  completed: number;
  deleted: number;
  changed: number;
  /** What was changed last comes first; what was erased since is left out. */
  items: ChangedThing[];
}

export interface ChangedQuery {
  /** The first and the last day; by default this week, from its Monday to today. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** IANA name: where days begin. */
  readonly timezone: string;
  readonly limit: number;
}

const DAYS_MAX = 31;

/**
 * What somebody changed in a week, or in other days.
 * @throws {ValidationFailed} if the days are the wrong way round or too many.
 */
export async function listChanged(parts: Parts, userId: UserId, query: ChangedQuery): Promise<ChangedThings> {
  const { from, to } = daysOf(parts, query);
  const changed = new Map<EntityId, { events: Set<EventName>; firstAt: Date; lastAt: Date }>();
  for await (const event of parts.log.readRange({ userId, from, to })) {
    if (event.type === 'event.erased' || !isEntityEvent(event) || !isDoneBySomebody(event.type)) continue;
    const id = EntityId.parse(event.aggregateId);
    const known = changed.get(id) ?? { events: new Set(), firstAt: event.timestamp, lastAt: event.timestamp };
    known.events.add(event.type);
    known.lastAt = event.timestamp;
    changed.set(id, known);
  }
  const latest = [...changed].sort(([, left], [, right]) => right.lastAt.getTime() - left.lastAt.getTime());
  const states = await loadEntities(parts.database.queries, userId, [...changed.keys()]);
  const having = (type: EventName): number => latest.filter(([, { events }]) => events.has(type)).length;
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    created: having('entity.created'),
    completed: having('task.completed'),
    deleted: having('entity.deleted'),
    changed: changed.size,
    items: latest
      .flatMap(([id, { events, firstAt, lastAt }]) => {
        const state = states.get(id);
        if (state === undefined) return [];
        const times = { firstAt: firstAt.toISOString(), lastAt: lastAt.toISOString() };
        return [{ entity: viewEntity(state), events: [...events], ...times }];
      })
      .slice(0, query.limit),
  };
}

function daysOf({ clock }: Parts, { timezone, ...query }: ChangedQuery): { from: Date; to: Date } {
  const today = DateTime.fromJSDate(clock.now(), { zone: timezone }).startOf('day');
  const last = query.to === undefined ? today : DateTime.fromISO(query.to, { zone: timezone });
  const from = query.from === undefined ? last.startOf('week') : DateTime.fromISO(query.from, { zone: timezone });
  const to = last.plus({ days: 1 });
  const days = Math.round(to.diff(from, 'days').days);
  if (days < 1 || days > DAYS_MAX) {
    const message = days < 1 ? 'not before the first day' : `at most ${DAYS_MAX} days from the first`;
    throw new ValidationFailed([{ field: 'to', message }]);
  }
  return { from: from.toJSDate(), to: to.toJSDate() };
}
