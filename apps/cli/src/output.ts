import type { EntityView, SuggestionView } from '@synap/core';
import { DateTime } from 'luxon';
import colors from 'picocolors';

/** Where a command's result goes: lines for people, or one JSON document for programs. */
export interface Output {
  /** The command's result: `value` with `--json`, else `lines`. Call it once. */
  result(value: unknown, lines: readonly string[]): void;
  /** A word for the person at the terminal; never on standard output. */
  message(text: string): void;
}

export function createOutput({ json }: { json: boolean }): Output {
  return {
    result: (value, lines) => {
      process.stdout.write(json ? `${JSON.stringify(value)}\n` : lines.map((line) => `${line}\n`).join(''));
    },
    message: (text) => {
      process.stderr.write(`${text}\n`);
    },
  };
}

/** One entity on one line: what it is, its title, what matters about it, its id. */
export function entityLine(entity: EntityView): string {
  const parts = [mark(entity), colors.bold(entity.title)];
  if (entity.task !== null) parts.push(...taskWords(entity.task));
  if (entity.event !== null) parts.push(...eventWords(entity.event));
  if (entity.tags.length > 0) parts.push(colors.cyan(entity.tags.map((tag) => `#${tag}`).join(' ')));
  parts.push(colors.dim(entity.id));
  return parts.join('  ');
}

function mark(entity: EntityView): string {
  if (entity.task === null) return entity.type;
  return entity.task.status === 'done' ? 'task ✓' : 'task';
}

function taskWords(task: NonNullable<EntityView['task']>): string[] {
  const { due, recurrence, priority, status, remindAt, awaitsReminder } = task;
  const words: string[] = [];
  if (due !== null) words.push(colors.yellow(`due ${dueWords(due)}`));
  if (recurrence !== null) words.push(`repeats ${recurrence}`);
  if (remindAt !== null && awaitsReminder) words.push(`reminds ${localTime(remindAt)}`);
  if (priority > 0) words.push(`priority ${priority}`);
  if (status === 'in_progress' || status === 'cancelled') words.push(status.replace('_', ' '));
  return words;
}

function eventWords({ schedule, place }: NonNullable<EntityView['event']>): string[] {
  const words: string[] = [];
  if (schedule !== null) {
    const { start, end, timezone } = schedule;
    const until = end === null ? '' : ` to ${dueWords({ ...end, timezone })}`;
    words.push(colors.yellow(`${dueWords({ ...start, timezone })}${until}`));
  }
  if (place !== null) words.push(`at ${place}`);
  return words;
}

function dueWords({ date, time, timezone }: NonNullable<NonNullable<EntityView['task']>['due']>): string {
  const day = DateTime.fromISO(date).toFormat('ccc d LLL yyyy');
  if (time === null) return day;
  const isElsewhere = timezone !== Intl.DateTimeFormat().resolvedOptions().timeZone;
  return `${day} ${time}${isElsewhere ? ` ${timezone}` : ''}`;
}

/** A point in time in this machine's timezone. */
export function localTime(instant: string): string {
  return DateTime.fromISO(instant).toFormat('yyyy-LL-dd HH:mm:ss');
}

/** What a field holds or is to hold. */
export function valueWords(value: NonNullable<SuggestionView['present']> | SuggestionView['value']): string {
  if (typeof value === 'string') return value;
  return 'targetId' in value ? value.targetId : dueWords(value);
}

/** How sure a guess is. */
export function percent(confidence: number): string {
  return `${Math.round(confidence * 100)} %`;
}
