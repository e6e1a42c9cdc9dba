import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, readConfiguration, startApplication } from '@synap/server';
import * as z from 'zod';
import type { BenchTable } from './bench-table.ts';
import { type LabelledQuery, type LabelledSet, readPersonalNotes, readVaultSet } from './labelled-sets.ts';

/*
 * Retrieval quality: the notes of each labelled set, asked its questions through the HTTP API in each mode. What is
 * counted is what a person gets: where the answer is that nothing was found, nothing was found.
 */

const MODES = ['hybrid', 'semantic', 'text'] as const;
type Mode = (typeof MODES)[number];
const DEPTH = 10;

/** What came of one question in one mode. */
interface Outcome {
  /** Where the first expected note stood among the hits, from 1; `null` if it was not among the first ten. */
  readonly rank: number | null;
  /** The same among what came closest, where the answer was that nothing was found. */
  readonly rankIfAnswered: number | null;
  readonly isAnswered: boolean;
}
type Outcomes = ReadonlyMap<Mode, ReadonlyMap<LabelledQuery, Outcome>>;

const createdSchema = z.object({ entity: z.object({ id: z.string() }) });
const hitsSchema = z.array(z.object({ entity: z.object({ id: z.string() }) }));
const answerSchema = z.object({ items: hitsSchema, closest: hitsSchema });
const askedSchema = z.object({ answer: z.string().nullable(), citations: z.array(z.object({ entityId: z.string() })) });

/** recall@1, recall@5 and MRR@10 for each set, half, kind of query and mode; and what the threshold rejects. */
export async function searchQuality(): Promise<BenchTable[]> {
  const tables: BenchTable[] = [];
  for (const set of [await readPersonalNotes(), await readVaultSet()]) {
    const store = await openStore(set);
    const outcomes = await searchAll(set, store);
    for (const half of ['tuning', 'heldOut'] as const) {
      const queries = set.queries.filter((query) => query.half === half);
      const name = `${set.name}, ${half === 'tuning' ? 'the half for tuning' : 'the half held out'}`;
      tables.push(qualityTable(name, queries, outcomes), rejectionTable(name, queries, outcomes));
      tables.push(await answerTable(name, queries, store));
    }
    await store.close();
  }
  return tables;
}

async function searchAll(set: LabelledSet, store: Store): Promise<Outcomes> {
  const outcomes = new Map<Mode, Map<LabelledQuery, Outcome>>();
  for (const mode of MODES) {
    const ofMode = new Map<LabelledQuery, Outcome>();
    for (const query of set.queries) ofMode.set(query, await store.search(query, mode));
    outcomes.set(mode, ofMode);
  }
  return outcomes;
}

function qualityTable(name: string, queries: readonly LabelledQuery[], outcomes: Outcomes): BenchTable {
  const answerable = queries.filter(({ kind }) => kind !== 'unanswerable');
  const kinds = [...new Set(answerable.map(({ kind }) => kind)), 'all'];
  const rows = kinds.flatMap((kind) =>
    MODES.map((mode) => {
      const ofKind = answerable.filter((query) => kind === 'all' || query.kind === kind);
      const found = ofKind.map((query) => outcomes.get(mode)?.get(query)?.rank ?? null);
      const share = (depth: number) => found.filter((rank) => rank !== null && rank <= depth).length / found.length;
      const reciprocal = found.reduce<number>((sum, rank) => sum + (rank === null ? 0 : 1 / rank), 0) / found.length;
      return [kind, ofKind.length, mode, share(1).toFixed(3), share(5).toFixed(3), reciprocal.toFixed(3)];
    }),
  );
  const columns = ['kind', 'queries', 'mode', 'recall@1', 'recall@5', 'MRR@10'];
  return { title: `Retrieval: ${name}`, columns, rows, notes: [] };
}

/** What 'nothing found' costs and gains, in hybrid mode. */
function rejectionTable(name: string, queries: readonly LabelledQuery[], outcomes: Outcomes): BenchTable {
  const kinds = [...new Set(queries.map(({ kind }) => kind)), 'all answerable'];
  const rows = kinds.map((kind) => {
    const ofKind = queries.filter(
      (query) => query.kind === kind || (kind === 'all answerable' && query.kind !== 'unanswerable'),
    );
    const of = (query: LabelledQuery) => outcomes.get('hybrid')?.get(query);
    const rejected = ofKind.filter((query) => of(query)?.isAnswered === false);
    const firsts = ofKind.filter((query) => (of(query)?.rankIfAnswered ?? of(query)?.rank) === 1);
    const lost = firsts.filter((query) => rejected.includes(query));
    return [
      kind,
      ofKind.length,
      (rejected.length / ofKind.length).toFixed(3),
      firsts.length === 0 ? '–' : (lost.length / firsts.length).toFixed(3),
    ];
  });
  return {
    title: `Nothing found: ${name}`,
    columns: ['kind', 'queries', 'rejected', 'of the right first hits, lost'],
    rows,
    notes: [],
  };
}

/** `ask`, with the extractive answerer: whether it answers, and from the right note. */
async function answerTable(name: string, queries: readonly LabelledQuery[], store: Store): Promise<BenchTable> {
  const rows: (string | number)[][] = [];
  for (const kind of ['natural', 'language', 'unanswerable']) {
    const ofKind = queries.filter((query) => query.kind === kind);
    if (ofKind.length === 0) continue;
    const answers: Awaited<ReturnType<Store['ask']>>[] = [];
    for (const query of ofKind) answers.push(await store.ask(query));
    const share = (count: number) => (count / ofKind.length).toFixed(3);
    const isRight = ({ sources, expected }: (typeof answers)[number]) => expected.includes(sources[0] ?? '');
    rows.push([
      kind,
      ofKind.length,
      share(answers.filter(({ isAnswered }) => isAnswered).length),
      kind === 'unanswerable' ? '–' : share(answers.filter(isRight).length),
    ]);
  }
  return {
    title: `Ask: ${name}`,
    columns: ['kind', 'questions', 'answered', 'first source is right'],
    rows,
    notes: [],
  };
}

type Store = Awaited<ReturnType<typeof openStore>>;

async function openStore(set: LabelledSet) {
  const directory = await mkdtemp(join(tmpdir(), 'synap-bench-'));
  const configuration = readConfiguration({
    PORT: '0',
    SYNAP_DATA_DIR: directory,
    LOG_LEVEL: 'warn',
  });
  const application = await startApplication(configuration, createLogger({ level: 'warn', isTerminal: false }));
  const call = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const headers = {
      authorization: `Bearer ${application.directory.ownerKey}`,
      'content-type': 'application/json',
      accept: 'application/json',
    };
    const response = await application.fetch(new Request(`http://synap.bench${path}`, { ...init, headers }));
    return response.json();
  };
  const labels = new Map<string, string>();
  for (const { id, title, content } of set.notes) {
    const created = await call('/api/v1/notes', { method: 'POST', body: JSON.stringify({ title, content }) });
    labels.set(createdSchema.parse(created).entity.id, id);
  }
  await application.idle();
  return {
    ask: async ({ query, expected }: LabelledQuery) => {
      const init = { method: 'POST', body: JSON.stringify({ question: query }) };
      const { answer, citations } = askedSchema.parse(await call('/api/v1/ask', init));
      return { isAnswered: answer !== null, sources: citations.map(({ entityId }) => labels.get(entityId)), expected };
    },
    search: async ({ query, expected }: LabelledQuery, mode: Mode): Promise<Outcome> => {
      const parameters = new URLSearchParams({ q: query, mode, limit: String(DEPTH) });
      const { items, closest } = answerSchema.parse(await call(`/api/v1/search?${parameters}`));
      const rankIn = (hits: z.infer<typeof hitsSchema>) => {
        const index = hits.findIndex(({ entity }) => expected.includes(labels.get(entity.id) ?? ''));
        return index === -1 ? null : index + 1;
      };
      return { rank: rankIn(items), rankIfAnswered: rankIn(closest), isAnswered: items.length > 0 };
    },
    close: async () => {
      await application.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
