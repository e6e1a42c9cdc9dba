import { startReceiver } from '@synap/core/webhook-receiver';
import { type InngestStandIn, startInngestStandIn } from '@synap/workflows/testing';
import { expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

const body = { content: 'Pay the electricity bill by 3 December', now: '2026-11-20T09:00:00Z', timezone: 'UTC' };

function settingsOf({ baseUrl, eventKey, signingKey }: InngestStandIn): Record<string, string> {
  return { INNGEST_BASE_URL: baseUrl, INNGEST_EVENT_KEY: eventKey, INNGEST_SIGNING_KEY: signingKey };
}

test('by configuration alone, captures are enriched by way of Inngest (a stand-in for its server)', {
  timeout: 180_000,
}, async () => {
  const inngest = await startInngestStandIn();
  const directory = await newDataDirectory();
  const server = await startServer(directory, settingsOf(inngest));
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

test('what was captured before kill -9 is enriched by the server that comes after it, once, and webhooks are told of it', {
  timeout: 180_000,
}, async () => {
  const inngest = await startInngestStandIn();
  const directory = await newDataDirectory();
  const receiver = await startReceiver();
  const settings = { ...settingsOf(inngest), SYNAP_WEBHOOK_PRIVATE_HOSTS: '127.0.0.1' };
  const first = await startServer(directory, settings);
  const webhook = { url: receiver.url, eventTypes: ['entity.created'] };
  expect((await first.call('POST', '/api/v1/webhooks', webhook)).status).toBe(201);
  const ids: string[] = [];
  for (let capture = 0; capture < 4; capture += 1) {
    ids.push((await first.call('POST', '/api/v1/capture', body)).body.entity.id);
  }
  await first.kill();

  const second = await startServer(directory, settings);
  for (const id of ids) {
    await eventually(
      () => second.call('GET', `/api/v1/entities/${id}`),
      (answer) => answer.body.entity.type === 'task',
    );
    const { items } = (await second.call('GET', `/api/v1/entities/${id}/history`)).body;
    const enrichments = items.filter(({ type }: { type: string }) => type === 'ai.enrichment_applied');
    expect(enrichments.length).toBe(1);
  }
  await eventually(
    async () => [...receiver.taken().values()].map(({ content }) => content.data.aggregateId),
    (told) => JSON.stringify(told) === JSON.stringify(ids),
  );
  const runs = await eventually(
    () => second.call('GET', '/api/v1/workflows/runs'),
    (answer) => answer.body.items.every(({ status }: { status: string }) => status === 'succeeded'),
  );
  expect(runs.body.items.length).toBeGreaterThanOrEqual(ids.length);
  expect(inngest.complaints).toEqual([]);
  await second.stop();
  await inngest.close();
  await receiver.close();
});
