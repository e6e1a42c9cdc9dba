/** Days in a row on which something was done. */
export interface Streak {
  /** Up to today, or to yesterday while nothing was done today yet. */
  current: number;
  longest: number;
  /** Whether something was done today. */
  isTodayActive: boolean;
}

/**
 * The streaks in a set of days.
 * @param days each a day such as `2026-11-27`, in any order.
 * @param today where the person is.
 */
export function streakOf(days: ReadonlySet<string>, today: string): Streak {
  let longest = 0;
  let length = 0;
  let previous = '';
  for (const day of [...days].sort()) {
    length = previous !== '' && dayAfter(previous) === day ? length + 1 : 1;
    longest = Math.max(longest, length);
    previous = day;
  }
  const isTodayActive = days.has(today);
  const isGoingOn = isTodayActive ? previous === today : previous !== '' && dayAfter(previous) === today;
  return { current: isGoingOn ? length : 0, longest, isTodayActive };
}

function dayAfter(day: string): string {
  const next = new Date(`${day}T00:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 1);
  return next.toISOString().slice(0, 10);
}
