import type { EventLog, StreamAppend } from '@synap/database';
import { CorrelationId, type EntityDelta, EventId, type UserId } from '@synap/domain';
import { v7 } from 'uuid';

/** Of a log that is filled for a measurement. */
const EVENTS_PER_STREAM = 8;
const STREAMS_PER_BATCH = 250;
const DAY_MS = 24 * 60 * 60 * 1000;

const CREATED: EntityDelta = {
  type: 'entity.created',
  data: { entityType: 'note', title: 'A title of some length', given: [] },
};

/** Appends streams of eight events each, spread evenly over some days. */
export async function fillLog(
  log: EventLog,
  { userId, events: count, from, days }: { userId: UserId; events: number; from: Date; days: number },
): Promise<void> {
  const streams = Math.ceil(count / EVENTS_PER_STREAM);
  for (let begun = 0; begun < streams; begun += STREAMS_PER_BATCH) {
    const batch = Array.from({ length: Math.min(STREAMS_PER_BATCH, streams - begun) }, (_, index) => {
      const timestamp = new Date(from.getTime() + ((begun + index) / streams) * days * DAY_MS * 0.999);
      return aStream({ userId, timestamp });
    });
    await log.append(batch);
  }
}

function aStream({ userId, timestamp }: { userId: UserId; timestamp: Date }): StreamAppend {
  return {
    header: {
      userId,
      aggregateId: v7(),
      aggregateType: 'entity',
      timestamp,
      correlationId: CorrelationId.parse(v7()),
      causationId: null,
      source: 'api',
    },
    head: null,
    events: Array.from({ length: EVENTS_PER_STREAM }, (_, version) => ({
      id: EventId.parse(v7()),
      delta: version === 0 ? CREATED : renamed(version),
      metadata: { actor: { kind: 'user', id: userId }, command: 'entities.update' },
    })),
  };
}

function renamed(version: number): EntityDelta {
  const [oldValue, newValue] = ['A title of some length', `A title of some length ${version}`];
  return { type: 'entity.title_changed', data: { oldValue, newValue } };
}
