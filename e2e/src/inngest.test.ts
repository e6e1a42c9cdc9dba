import { startInngestStandIn } from '@synap/workflows/testing';
import { expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { startServer } from './testing/server-process.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

test('by configuration alone, captures are enriched by way of Inngest (a stand-in for its server)', async () => {
  const inngest = await startInngestStandIn();
  const directory = await temporaryDirectory();
  const server = await startServer(directory, {
    INNGEST_BASE_URL: inngest.baseUrl,
    INNGEST_EVENT_KEY: inngest.eventKey,
    INNGEST_SIGNING_KEY: inngest.signingKey,
  });
  const body = { content: 'Pay the electricity bill by 3 December', now: '2026-11-20T09:00:00Z', timezone: 'UTC' };
  const { entity } = (await server.call('POST', '/api/v1/capture', body)).body;
  const { body: details } = await eventually(
    () => server.call('GET', `/api/v1/entities/${entity.id}`),
    (answer) => answer.body.entity.type === 'task',
  );
  expect(details.entity.task.due).toMatchObject({ date: '2026-12-03' });
  const unsigned = await server.call('POST', '/api/inngest?fnId=synap-enrich-capture&stepId=step', { event: {} });
  expect(unsigned.status).toBe(401);
  expect(inngest.complaints).toEqual([]);
  await server.stop();
  await inngest.close();
});
