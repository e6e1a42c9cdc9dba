import { ValidationFailed } from '../errors.ts';
import type { Due, Moment, Schedule } from '../vocabulary.ts';
import type { EntityDelta } from './decide.ts';
import type { EventDetails } from './entity-state.ts';

/** What is to change of an event of the calendar; a field left out stays, `null` clears. */
export interface EventChange {
  schedule?: Schedule | null | undefined;
  place?: string | null | undefined;
}

/**
 * The changes of an event, where they are any.
 * @throws {ValidationFailed} if it would end before it begins.
 */
export function eventDeltas(event: EventDetails, { schedule, place }: EventChange): EntityDelta[] {
  const deltas: EntityDelta[] = [];
  if (schedule !== undefined) {
    refuseDisorder(schedule);
    deltas.push(...scheduleDeltas(event, schedule));
  }
  if (place !== undefined) deltas.push(...placeDeltas(event, place));
  return deltas;
}

/** The change of when an event takes place, if it is one. */
export function scheduleDeltas(event: EventDetails, schedule: Schedule | null): EntityDelta[] {
  if (isSameSchedule(event.schedule, schedule)) return [];
  return [{ type: 'event.schedule_set', data: { oldValue: event.schedule, newValue: schedule } }];
}

/** The change of where an event takes place, if it is one. */
export function placeDeltas(event: EventDetails, place: string | null): EntityDelta[] {
  if (event.place === place) return [];
  return [{ type: 'event.place_set', data: { oldValue: event.place, newValue: place } }];
}

/** Whether both mean the same days and times in the same timezone, or there is neither. */
export function isSameSchedule(left: Schedule | null, right: Schedule | null): boolean {
  if (left === null || right === null) return left === right;
  return left.timezone === right.timezone && isSameMoment(left.start, right.start) && isSameMoment(left.end, right.end);
}

/** When something begins, as what is due then. */
export function startOf({ start, timezone }: Schedule): Due {
  return { ...start, timezone };
}

/** What takes place from then on, with an end that nobody has said. */
export function startingAt({ date, time, timezone }: Due): Schedule {
  return { start: { date, time }, end: null, timezone };
}

function isSameMoment(left: Moment | null, right: Moment | null): boolean {
  return left?.date === right?.date && left?.time === right?.time;
}

function refuseDisorder(schedule: Schedule | null): void {
  if (schedule === null || schedule.end === null) return;
  const { start, end } = schedule;
  if ((start.time === null) !== (end.time === null)) {
    throw new ValidationFailed([
      { field: 'endAt', message: 'a day if it starts on a day, an instant if at an instant' },
    ]);
  }
  if (`${end.date} ${end.time}` < `${start.date} ${start.time}`) {
    throw new ValidationFailed([{ field: 'endAt', message: 'not before the start' }]);
  }
}
