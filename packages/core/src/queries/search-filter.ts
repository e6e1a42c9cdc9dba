import { allTags, type EntityState } from '@synap/domain';
import type { LifeState, ParsedQuery, SearchFilter } from '@synap/search';

/**
 * What both a request's parameters and the query itself ask for.
 * @returns `null` if nothing can be both.
 */
export function bothFilters(given: SearchFilter, typed: ParsedQuery['filter']): SearchFilter | null {
  if (given.type !== undefined && typed.type !== undefined && given.type !== typed.type) return null;
  const from = latest(given.from, typed.from);
  const to = earliest(given.to, typed.to);
  return {
    ...given,
    ...typed,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

function latest(one: Date | undefined, other: Date | undefined): Date | undefined {
  return one === undefined || (other !== undefined && other > one) ? other : one;
}

function earliest(one: Date | undefined, other: Date | undefined): Date | undefined {
  return one === undefined || (other !== undefined && other < one) ? other : one;
}

/** Whether a state is what the filter asks for: the same as the conditions of the index, for states of the past. */
export function matchesFilter(state: EntityState, filter: SearchFilter): boolean {
  const { type, tag, tags = [], excludedTags = [], state: life, from, to, updated, due, entityId } = filter;
  const day = state.type === 'task' ? state.task?.due?.date : undefined;
  return (
    isInState(state, life) &&
    (entityId === undefined || state.id === entityId) &&
    (type === undefined || state.type === type) &&
    [...tags, ...(tag === undefined ? [] : [tag])].every((name) => allTags(state).includes(name)) &&
    !excludedTags.some((name) => allTags(state).includes(name)) &&
    isWithin(state.createdAt, { from, to }) &&
    isWithin(state.updatedAt, updated ?? {}) &&
    ((due?.from === undefined && due?.to === undefined) || (day !== undefined && isWithin(day, due)))
  );
}

function isInState({ deletedAt, type, task }: EntityState, life: LifeState | undefined): boolean {
  if (life === 'deleted') return deletedAt !== null;
  if (deletedAt !== null) return false;
  if (life === undefined) return true;
  const status = type === 'task' ? task?.status : undefined;
  return life === 'open' ? status === 'todo' || status === 'in_progress' : status === life;
}

function isWithin<Value extends Date | string>(
  value: Value,
  { from, to }: { from?: Value | undefined; to?: Value | undefined },
): boolean {
  return (from === undefined || value >= from) && (to === undefined || value < to);
}
