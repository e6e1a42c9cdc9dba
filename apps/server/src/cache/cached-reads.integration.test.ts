import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Application, startApplication } from '../application.ts';
import { readConfiguration } from '../config/environment.ts';
import { createLogger } from '../logger.ts';

/*
 * One application with its cache, without a socket: whatever is done, each thing reads as the log says that it is now.
 */

const THINGS = 3;
const RUNS = 3;
const COMMANDS_PER_RUN = 10;

let directory: string;
let application: Application;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'synap-cached-'));
  const configuration = readConfiguration({ SYNAP_DATA_DIR: directory, LOG_LEVEL: 'silent' });
  application = await startApplication(configuration, createLogger({ level: 'silent', isTerminal: false }));
});
afterAll(async () => {
  await application.close();
  await rm(directory, { recursive: true });
});

async function call(method: string, path: string, body?: object) {
  const request = new Request(`http://127.0.0.1:4000/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${application.directory.ownerKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await application.fetch(request);
  const text = await response.text();
  return {
    status: response.status,
    body: text === '' ? null : JSON.parse(text),
    correlationId: response.headers.get('x-correlation-id'),
  };
}

type Command = (ids: readonly string[], done: readonly string[]) => ReturnType<typeof call>;

const thing = fc.nat(THINGS - 1);
const word = fc.stringMatching(/^[a-z]{1,8}$/);

const commandArbitrary: fc.Arbitrary<Command> = fc.oneof(
  fc.tuple(thing, word).map(
    ([at, title]): Command =>
      (ids) =>
        call('PATCH', `/entities/${ids[at]}`, { title }),
  ),
  fc.tuple(thing, word).map(
    ([at, tag]): Command =>
      (ids) =>
        call('PUT', `/entities/${ids[at]}/tags/${tag}`),
  ),
  fc.tuple(thing, fc.constantFrom('low', 'high')).map(([at, priority]): Command => {
    return (ids) => call('PATCH', `/tasks/${ids[at]}`, { priority });
  }),
  fc.tuple(thing, thing).map(([from, to]): Command => {
    return (ids) => call('POST', '/relations', { type: 'relates_to', sourceId: ids[from], targetId: ids[to] });
  }),
  thing.map(
    (at): Command =>
      async (ids) => {
        const { body } = await call('GET', `/entities/${ids[at]}`);
        return call('DELETE', `/relations/${body.relations?.[0]?.id ?? ids[at]}`);
      },
  ),
  fc.tuple(thing, thing).map(([at, other]): Command => {
    return (ids) => call('POST', `/entities/${ids[at]}/merge`, { duplicateId: ids[other] });
  }),
  thing.map(
    (at): Command =>
      (ids) =>
        call('DELETE', `/entities/${ids[at]}`),
  ),
  thing.map(
    (at): Command =>
      (ids) =>
        call('POST', `/entities/${ids[at]}/restore`, {}),
  ),
  thing.map(
    (at): Command =>
      (ids) =>
        call('POST', `/entities/${ids[at]}/revert`, { toVersion: 1 }),
  ),
  thing.map(
    (at): Command =>
      (ids) =>
        call('POST', `/entities/${ids[at]}/purge`, {}),
  ),
  fc.nat(COMMANDS_PER_RUN).map((at): Command => {
    return (_ids, done) => call('POST', '/undo', { correlationId: done.at(-1 - at) ?? done[0] });
  }),
);

test('after each command everything reads as the log says that it is now', async () => {
  let succeeded = 0;
  const commandsArbitrary = fc.array(commandArbitrary, { minLength: 4, maxLength: COMMANDS_PER_RUN });
  await fc.assert(
    fc.asyncProperty(commandsArbitrary, async (commands) => {
      const ids: string[] = [];
      for (let index = 0; index < THINGS; index += 1) {
        const made = await call('POST', '/tasks', { content: `Thing ${index}` });
        ids.push(made.body.entity.id);
      }
      await application.idle();
      const done: string[] = [];
      await expectToReadAsLogged(ids);
      for (const command of commands) {
        const { status, correlationId } = await command(ids, done);
        if (status < 300 && correlationId !== null) done.push(correlationId);
        await expectToReadAsLogged(ids);
      }
      succeeded += done.length;
    }),
    { numRuns: RUNS },
  );
  expect(succeeded).toBeGreaterThan(RUNS);
}, 60_000);

/** The past is folded from the log, and is in no cache. */
async function expectToReadAsLogged(ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const read = await call('GET', `/entities/${id}`);
    const logged = await call('GET', `/entities/${id}?asOf=${new Date().toISOString()}`);
    if (read.status === 404) expect(logged.status).toBe(404);
    else expect(read.body).toEqual(logged.body);
  }
}
