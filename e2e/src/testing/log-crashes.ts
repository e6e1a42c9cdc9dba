import { createTemporaryDatabase } from '@synap/database/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { randomNumbers } from './random-numbers.ts';
import { runSynap, type ServerProcess, startServer } from './server-process.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/*
 * kill -9 at random points under load, again and again. Afterwards every acknowledged write is there, every row is the
 * fold of its events, and `verify` finds nothing.
 */

const WRITERS = 4;
/** Another run is repeated with CRASH_SEED=…. */
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 100_000);
const serverUrl = process.env.SYNAP_TEST_DATABASE_URL ?? '';

let server: ServerProcess | undefined;
let drop: (() => Promise<void>)[] = [];
afterEach(async () => {
  await server?.stop();
  for (const remove of drop) await remove();
  drop = [];
});

const temporaryUrl = async (): Promise<string> => {
  const database = await createTemporaryDatabase(serverUrl);
  drop.push(database.drop);
  return database.url;
};

/** A kind of database that a server crashes on. */
export interface CrashingKind {
  readonly name: string;
  /** How many of a server's databases it takes: none for the embedded one, two for a log of its own. */
  readonly databases: 0 | 1 | 2;
  readonly kills: number;
}

/** What was acknowledged of one thing: the title that it must have, or one that was on its way when the server died. */
interface Acknowledged {
  title: string;
  attempted: string | null;
}

/** The suite for one kind of database; each kind has a file of its own, so that they run side by side. */
export function describeLogCrashes(kind: CrashingKind): void {
  const isAvailable = kind.databases === 0 || serverUrl !== '';
  describe.skipIf(!isAvailable)(`${kind.kills} crashes ${kind.name}`, () => {
    test(`lose nothing that was acknowledged (seed ${SEED})`, { timeout: 400_000 }, async () => {
      const directory = await temporaryDirectory();
      const environment: Record<string, string> = {};
      for (const name of ['DATABASE_URL', 'EVENTS_DATABASE_URL'].slice(0, kind.databases)) {
        environment[name] = await temporaryUrl();
      }
      const random = randomNumbers(SEED);
      const things = new Map<string, Acknowledged>();
      for (let round = 0; round < kind.kills; round += 1) {
        server = await startServer(directory, environment);
        const running = server;
        const before = things.size;
        const writers = Array.from({ length: WRITERS }, (_, writer) =>
          writeUntilKilled(running, `${round}.${writer}`, things),
        );
        await eventually(
          async () => things.size,
          (size) => size > before,
        );
        await new Promise((resolve) => setTimeout(resolve, random() * 200));
        await running.kill();
        await Promise.all(writers);
      }
      server = await startServer(directory, environment);
      const { stdout } = await runSynap(directory, ['verify', '--json'], { environment });
      expect(JSON.parse(stdout).findings).toEqual([]);
      for (const [id, { title, attempted }] of things) {
        const { body } = await server.call('GET', `/api/v1/entities/${id}`);
        expect([title, attempted]).toContain(body.entity?.title);
      }
    });
  });
}

/** Creates a thing, then renames it over and over; ends when the server is gone. */
async function writeUntilKilled(
  running: ServerProcess,
  name: string,
  things: Map<string, Acknowledged>,
): Promise<void> {
  try {
    for (let thing = 0; ; thing += 1) {
      const first = `${name}.${thing}`;
      const created = await running.call('POST', '/api/v1/notes', { content: first, title: first, tags: ['crash'] });
      const acknowledged: Acknowledged = { title: first, attempted: null };
      things.set(created.body.entity.id, acknowledged);
      for (let change = 0; change < 3; change += 1) {
        acknowledged.attempted = `${first}.${change}`;
        await running.call('PATCH', `/api/v1/entities/${created.body.entity.id}`, { title: acknowledged.attempted });
        acknowledged.title = acknowledged.attempted;
      }
    }
  } catch {
    // Killed in the middle of the request: whether it was carried out, nobody knows; it was not acknowledged.
  }
}
