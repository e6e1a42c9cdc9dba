import type { ParsedQuery, SearchFilter } from '@synap/search';

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
