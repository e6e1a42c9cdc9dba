import { afterAll, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

const TASKS = 30;
/** So long, at the least, before they are due they are set; the last ones are due so long after the others. */
const LEAD_MS = 2000;
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
  const remindAt = new Map<string, string>();
  const add = async (running: ServerProcess): Promise<string> => {
    const { status, body } = await running.call('POST', '/api/v1/tasks', { content: 'Call' });
    expect(status).toBe(201);
    return body.entity.id;
  };
  const set = async (running: ServerProcess, id: string, at: number): Promise<void> => {
    const fields = { remindAt: new Date(at).toISOString() };
    expect((await running.call('PATCH', `/api/v1/tasks/${id}`, fields)).status).toBe(200);
    remindAt.set(id, fields.remindAt);
  };
  const startedAt = Date.now();
  const ids = await Promise.all(Array.from({ length: TASKS }, () => add(first)));
  // To set them takes about as long as to make them: on a slow machine they are due later.
  const due = Date.now() + LEAD_MS + 2 * (Date.now() - startedAt);
  await Promise.all(ids.map((id, index) => set(first, id, index < TASKS - 5 ? due : due + LATER_MS)));
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
  await set(second, await add(second), Date.now() + LEAD_MS);
  const fired = await eventually(
    () => reminded(second),
    (items) => items.length > TASKS,
  );
  expect(fired.map(({ aggregateId }) => aggregateId).sort()).toEqual([...remindAt.keys()].sort());
  for (const { aggregateId, data } of fired) expect(data.remindAt).toBe(remindAt.get(aggregateId));
});
