/** A span of days, `YYYY-MM-DD`: from the first, before the end. */
export interface DaySpan {
  readonly from?: string;
  readonly to?: string;
}

const DATE = /^(<=|>=|<|>)?(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$/;

/**
 * A day, a month or a year, alone or behind `<`, `<=`, `>`, `>=`, or two of them with `..` between, as days.
 * @param options.today for `today`, `tomorrow` and `yesterday`.
 * @returns `null` if it is none of these.
 */
export function readDays(text: string, { today }: { today: string }): DaySpan | null {
  const [first, second, ...more] = text.split('..');
  if (more.length > 0 || first === undefined) return null;
  if (second !== undefined) {
    const [from, to] = [readOne(first, today), readOne(second, today)];
    return from === null || to === null || first.startsWith('<') || second.startsWith('<')
      ? null
      : { ...pick(from, 'from'), ...pick(to, 'to') };
  }
  return readOne(text, today);
}

function pick(span: DaySpan, side: 'from' | 'to'): DaySpan {
  const day = span[side];
  return day === undefined ? {} : { [side]: day };
}

function readOne(text: string, today: string): DaySpan | null {
  const match = DATE.exec(namedDay(text, today));
  if (match === null) return null;
  const [, comparison, year = '', month, day] = match;
  const from = [year, month ?? '01', day ?? '01'].join('-');
  const start = new Date(`${from}T00:00:00Z`);
  // A day that the month has not, such as 30 February, is taken for one of the next by Date.
  if (Number.isNaN(start.getTime()) || start.toISOString().slice(0, 10) !== from) return null;
  const end = new Date(start);
  if (day !== undefined) end.setUTCDate(end.getUTCDate() + 1);
  else if (month !== undefined) end.setUTCMonth(end.getUTCMonth() + 1);
  else end.setUTCFullYear(end.getUTCFullYear() + 1);
  const to = end.toISOString().slice(0, 10);
  if (to.length !== from.length || !/^\d/.test(to)) return null;
  switch (comparison) {
    case '<':
      return { to: from };
    case '<=':
      return { to };
    case '>':
      return { from: to };
    case '>=':
      return { from };
    default:
      return { from, to };
  }
}

/** `<tomorrow` as `<2026-11-25`. */
function namedDay(text: string, today: string): string {
  const match = /^([<>]=?)?(today|tomorrow|yesterday)$/i.exec(text);
  if (match === null) return text;
  const [, comparison = '', name = ''] = match;
  const day = new Date(`${today}T00:00:00Z`);
  const offset = { today: 0, tomorrow: 1, yesterday: -1 }[name.toLowerCase()] ?? 0;
  day.setUTCDate(day.getUTCDate() + offset);
  return `${comparison}${day.toISOString().slice(0, 10)}`;
}
