import { type EventLog, schema } from '@synap/database';
import type { UserId } from '@synap/domain';
import { sql } from 'drizzle-orm';
import { milliseconds, percentile, timeEach } from './percentiles.ts';

const READS = 200;
const DAY_MS = 24 * 60 * 60 * 1000;

/** How long the history of one thing and one day of one person take to be read; a row for each. */
export async function measureReads(
  log: EventLog,
  { crowd, reader, day, label }: { crowd: UserId; reader: UserId; day: Date; label: string | number },
): Promise<(string | number)[][]> {
  const { queries } = log.database;
  const ids = await queries
    .select({ id: schema.aggregates.id })
    .from(schema.aggregates)
    .where(sql`user_id = ${crowd}`)
    .orderBy(sql`random()`)
    .limit(READS);
  const history = await timeEach(READS, (index) =>
    log.readAggregate({ userId: crowd, aggregateId: ids[index % ids.length]?.id ?? '' }),
  );
  let read = 0;
  const oneDay = await timeEach(READS, async () => {
    read = 0;
    for await (const _ of log.readRange({ userId: reader, from: day, to: new Date(day.getTime() + DAY_MS) })) read += 1;
    if (read === 0) throw new Error('The day is empty.');
  });
  return [
    ['history of one thing', label, milliseconds(percentile(history, 0.5)), milliseconds(percentile(history, 0.99))],
    [
      `one day of one person (${read} events)`,
      label,
      milliseconds(percentile(oneDay, 0.5)),
      milliseconds(percentile(oneDay, 0.99)),
    ],
  ];
}
