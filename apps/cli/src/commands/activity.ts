import colors from 'picocolors';
import type { CommandEnvironment } from '../command.ts';

export interface ActivityOptions {
  readonly from?: string;
  readonly to?: string;
  readonly changed?: true;
}

/** `synap activity`: how much was done on each day; with `--changed`, what. */
export async function activity(environment: CommandEnvironment, { changed, ...days }: ActivityOptions): Promise<void> {
  if (changed === true) return showChanged(environment, days);
  const { client, output } = environment;
  const read = await client.api.activity.read.query({ ...days, timezone: ownTimezone() });
  const most = Math.max(1, ...read.items.map(({ total }) => total));
  const { current, longest, isTodayActive } = read.streak;
  output.result(read, [
    ...read.items.map(({ day, total }) => `${day}  ${bar(total / most)} ${total}`),
    `${current} ${current === 1 ? 'day' : 'days'} in a row${isTodayActive || current === 0 ? '' : ', not yet today'}; the longest of the last year: ${longest}`,
  ]);
}

async function showChanged(
  { client, output }: CommandEnvironment,
  days: { from?: string; to?: string },
): Promise<void> {
  const week = await client.api.activity.changed.query({ ...days, timezone: ownTimezone() });
  output.result(week, [
    ...week.items.map(
      ({ entity, events }) => `${entity.id}  ${colors.bold(entity.title)}  ${colors.dim(events.join(', '))}`,
    ),
    `${week.changed} changed: ${week.created} made, ${week.completed} completed, ${week.deleted} in the trash`,
  ]);
}

const BAR_LENGTH = 20;

function bar(share: number): string {
  return '▪'.repeat(Math.max(1, Math.round(share * BAR_LENGTH))).padEnd(BAR_LENGTH);
}

/** Days are those of the person at this terminal. */
function ownTimezone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
