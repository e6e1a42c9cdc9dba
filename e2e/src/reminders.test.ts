import { afterAll, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

const TASKS = 30;
/** So long after the first task the reminders of most are due, and those of the others so long after them. */
const LEAD_MS = 5000;
const LATER_MS = 1500;

let server: ServerProcess | undefined;
afterAll(async () => {
  await server?.stop();
});

interface Reminded {
  aggregateId: string;
  data: { remindAt: string };
}

async function reminded(running: ServerProcess): Promise<Reminded[]> {
  return (await running.call('GET', '/api/v1/events?type=task.reminded&limit=200')).body.items;
}

test('each reminder fires once, though the server is killed in the middle of them and is away when others are due', {
  timeout: 120_000,
}, async () => {
  const directory = await newDataDirectory();
  server = await startServer(directory);
  const first = server;
  const due = Date.now() + LEAD_MS;
  const remindAt = new Map<string, string>();
  const add = async (running: ServerProcess, at: number): Promise<void> => {
    const fields = { content: 'Call', remindAt: new Date(at).toISOString() };
    const { status, body } = await running.call('POST', '/api/v1/tasks', fields);
    expect(status).toBe(201);
    remindAt.set(body.entity.id, fields.remindAt);
  };
  const times = Array.from({ length: TASKS }, (_, index) => (index < TASKS - 5 ? due : due + LATER_MS));
  await Promise.all(times.map((at) => add(first, at)));
  const before = await eventually(
    () => reminded(first),
    (items) => items.length > 0,
  );
  await first.kill();
  expect(before.length).toBeLessThan(TASKS);
  await eventually(
    async () => Date.now(),
    (now) => now > due + LATER_MS,
  );
  server = await startServer(directory);
  const second = server;
  // Whatever would fire twice has done so when another one has fired.
  await add(second, Date.now() + 2000);
  const fired = await eventually(
    () => reminded(second),
    (items) => items.length > TASKS,
  );
  expect(fired.map(({ aggregateId }) => aggregateId).sort()).toEqual([...remindAt.keys()].sort());
  for (const { aggregateId, data } of fired) expect(data.remindAt).toBe(remindAt.get(aggregateId));
});
