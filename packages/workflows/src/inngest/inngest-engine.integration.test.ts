import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { PGlite } from '@electric-sql/pglite';
import { createTemporaryDatabase } from '@synap/database/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeWorkflowEngine, type EngineUnderTest } from '../contract.ts';
import { defineWorkflow, type Workflow } from '../workflow.ts';
import { createInngestEngine, type InngestEngine, type InngestSettings } from './inngest-engine.ts';
import type { LedgerConnection } from './run-ledger.ts';
import { type InngestStandIn, startInngestStandIn } from './testing/inngest-stand-in.ts';

const { INNGEST_BASE_URL = '', INNGEST_EVENT_KEY, INNGEST_SIGNING_KEY, INNGEST_DEV = '' } = process.env;
const serverUrl = process.env.SYNAP_TEST_DATABASE_URL ?? '';
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

let pglite: PGlite;
beforeAll(async () => {
  pglite = await PGlite.create();
});
afterAll(async () => {
  await pglite.close();
});

/** An engine on a server of its own, registered. */
async function serveEngine(
  workflows: Workflow[],
  settings: InngestSettings,
  connection: LedgerConnection = { kind: 'pglite', pglite },
): Promise<EngineOnSocket> {
  const engine = createInngestEngine({
    connection,
    workflows,
    logger,
    // Names of an earlier run of this suite must not be replaced by, or take the events of, those of this one.
    appId: `synap-test-${randomUUID()}`,
    settings,
    retryDelayMs: 10,
    stopPatienceMs: 100,
  });
  await engine.start();
  await engine.deleteFinished(new Date(Date.now() + 60_000));
  const server = createServer(async (incoming, outgoing) => {
    const headers = Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]);
    const hasBody = incoming.method === 'POST' || incoming.method === 'PUT';
    const body = hasBody ? { body: new Uint8Array(await buffer(incoming)) } : {};
    const url = new URL(incoming.url ?? '/', `http://${incoming.headers.host}`);
    const answer = await engine.handle(new Request(url, { method: incoming.method ?? 'GET', headers, ...body }));
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await engine.register(origin);
  return {
    engine,
    origin,
    end: async () => {
      await engine.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface EngineOnSocket {
  readonly engine: InngestEngine;
  readonly origin: string;
  end(): Promise<void>;
}

function settingsOf({ baseUrl, eventKey, signingKey }: InngestStandIn): InngestSettings {
  return { baseUrl, eventKey, signingKey, isDev: false };
}

/** What the name of a suite must say. */
const STAND_IN =
  'a stand-in for its server (proves our endpoint and functions under the protocol; not the queue, limits under load, expressions, timeouts or crashes of a real server)';

async function openOnStandIn(workflows: Workflow[], connection?: LedgerConnection): Promise<EngineUnderTest> {
  const standIn = await startInngestStandIn();
  const { engine, end } = await serveEngine(workflows, settingsOf(standIn), connection);
  return {
    engine,
    end: async () => {
      await end();
      await standIn.close();
      expect(standIn.complaints).toEqual([]);
    },
  };
}

describeWorkflowEngine(`Inngest SDK against ${STAND_IN}`, (workflows) => openOnStandIn(workflows));

describe.skipIf(serverUrl === '')('written down in PostgreSQL (set SYNAP_TEST_DATABASE_URL)', () => {
  describeWorkflowEngine(`Inngest SDK against ${STAND_IN}`, async (workflows) => {
    const { url, drop } = await createTemporaryDatabase(serverUrl);
    const { engine, end } = await openOnStandIn(workflows, { kind: 'postgres', connectionString: url });
    return { engine, end: () => end().then(drop) };
  });
});

describe.skipIf(INNGEST_BASE_URL === '')('against a real server (set INNGEST_BASE_URL)', () => {
  describeWorkflowEngine('Inngest', async (workflows) => {
    const isDev = !['', '0', 'false'].includes(INNGEST_DEV) || INNGEST_SIGNING_KEY === undefined;
    return serveEngine(workflows, {
      baseUrl: INNGEST_BASE_URL,
      isDev,
      ...(INNGEST_EVENT_KEY === undefined ? {} : { eventKey: INNGEST_EVENT_KEY }),
      ...(INNGEST_SIGNING_KEY === undefined ? {} : { signingKey: INNGEST_SIGNING_KEY }),
    });
  });
});

test('nobody without the signing key runs a function, looks at them, or has them registered elsewhere', async () => {
  let ran = 0;
  const workflow = defineWorkflow({ id: 'guarded', trigger: 'go' }, ({ step }) =>
    step.run('count', async () => {
      ran += 1;
      return null;
    }),
  );
  const standIn = await startInngestStandIn();
  const { origin, end } = await serveEngine([workflow], settingsOf(standIn));
  const url = `${origin}/api/inngest?fnId=guarded&stepId=step`;
  const body = JSON.stringify({ event: { id: 'forged', name: 'go', data: {} }, events: [], steps: {}, ctx: {} });
  const stale = `t=1600000000&s=${'0'.repeat(64)}`;
  const forged = `t=${Math.floor(Date.now() / 1000)}&s=${'0'.repeat(64)}`;
  for (const headers of [{}, { 'x-inngest-signature': stale }, { 'x-inngest-signature': forged }]) {
    for (const init of [{ method: 'POST', body }, { method: 'PUT' }, { method: 'GET' }]) {
      expect((await fetch(url, { ...init, headers })).status).toBe(401);
    }
  }
  expect(ran).toBe(0);
  await end();
  await standIn.close();
});

test('a wrong signing key is told at the registration', async () => {
  const standIn = await startInngestStandIn();
  const settings = { ...settingsOf(standIn), signingKey: `signkey-test-${'00'.repeat(32)}` };
  await expect(serveEngine([], settings)).rejects.toThrow(/a wrong signing key/);
  await standIn.close();
});
