import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, startApplication } from '@synap/server';
import * as z from 'zod';
import type { BenchTable } from './bench-table.ts';
import { dataDirectory, readVault } from './vault.ts';

/*
 * Retrieval quality: the 173 notes of the test vault, asked the labelled questions of `data/vault-search.json` through
 * the HTTP API, in each mode.
 */

const MODES = ['hybrid', 'semantic', 'text'] as const;
type Mode = (typeof MODES)[number];
const DEPTH = 10;

const querySchema = z.object({
  query: z.string(),
  kind: z.enum(['paraphrase', 'natural', 'keyword', 'unanswerable']),
  expected: z.array(z.string()),
});
type LabelledQuery = z.infer<typeof querySchema>;

/** Where the first expected note stood among the hits, from 1; `null` if it was not among the first ten. */
type Rank = number | null;

const createdSchema = z.object({ entity: z.object({ id: z.string() }) });
const answerSchema = z.object({
  items: z.array(z.object({ entity: z.object({ id: z.string() }), score: z.number() })),
});

/** recall@1, recall@5 and MRR@10 for each kind of query and mode; every second query was not looked at while tuning. */
export async function searchQuality(): Promise<BenchTable[]> {
  const queries = z
    .array(querySchema)
    .parse(JSON.parse(await readFile(join(dataDirectory, 'vault-search.json'), 'utf8')));
  const ask = await openVault();
  const ranks = new Map<Mode, Map<LabelledQuery, Rank>>();
  const bestScores = new Map<LabelledQuery, number>();
  for (const mode of MODES) {
    const ofMode = new Map<LabelledQuery, Rank>();
    for (const query of queries) {
      const { paths, bestScore } = await ask.search(query.query, mode);
      const index = paths.findIndex((path) => query.expected.includes(path));
      ofMode.set(query, index === -1 ? null : index + 1);
      if (mode === 'hybrid') bestScores.set(query, bestScore);
    }
    ranks.set(mode, ofMode);
  }
  await ask.close();
  const answerable = queries.filter(({ kind }) => kind !== 'unanswerable');
  const heldBack = answerable.filter((_, index) => index % 2 === 1);
  return [
    qualityTable('all answerable queries', answerable, ranks),
    qualityTable('the half that was not used for tuning', heldBack, ranks),
    scoreTable(queries, bestScores),
  ];
}

function qualityTable(
  title: string,
  queries: readonly LabelledQuery[],
  ranks: Map<Mode, Map<LabelledQuery, Rank>>,
): BenchTable {
  const kinds = [...new Set(queries.map(({ kind }) => kind)), 'all'];
  const rows = kinds.flatMap((kind) =>
    MODES.map((mode) => {
      const ofKind = queries.filter((query) => kind === 'all' || query.kind === kind);
      const found = ofKind.map((query) => ranks.get(mode)?.get(query) ?? null);
      const share = (depth: number) => found.filter((rank) => rank !== null && rank <= depth).length / found.length;
      const reciprocal = found.reduce<number>((sum, rank) => sum + (rank === null ? 0 : 1 / rank), 0) / found.length;
      return [kind, ofKind.length, mode, share(1).toFixed(3), share(5).toFixed(3), reciprocal.toFixed(3)];
    }),
  );
  return {
    title: `Retrieval: ${title}`,
    columns: ['kind', 'queries', 'mode', 'recall@1', 'recall@5', 'MRR@10'],
    rows,
    notes: [],
  };
}

/** Whether a score tells an answer from none: the lowest, middle and highest best score of each kind. */
function scoreTable(queries: readonly LabelledQuery[], bestScores: ReadonlyMap<LabelledQuery, number>): BenchTable {
  const kinds = [...new Set(queries.map(({ kind }) => kind))];
  const rows = kinds.map((kind) => {
    const scores = queries
      .filter((query) => query.kind === kind)
      .map((query) => bestScores.get(query) ?? 0)
      .sort((left, right) => left - right);
    const at = (share: number) => (scores[Math.floor(share * (scores.length - 1))] ?? 0).toFixed(3);
    return [kind, at(0), at(0.1), at(0.5), at(0.9), at(1)];
  });
  return {
    title: 'Retrieval: score of the best hit',
    columns: ['kind', 'lowest', '10 %', 'middle', '90 %', 'highest'],
    rows,
    notes: [],
  };
}

async function openVault() {
  const directory = await mkdtemp(join(tmpdir(), 'synap-bench-'));
  const configuration = {
    host: '127.0.0.1',
    port: 0,
    dataDirectory: directory,
    databaseUrl: null,
    eventsDatabaseUrl: null,
    signingKey: null,
    archiveAfterMs: null,
    s3: null,
    fileLimits: {},
    logLevel: 'warn' as const,
  };
  const application = await startApplication(configuration, createLogger({ level: 'warn', isTerminal: false }));
  const call = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const headers = { authorization: `Bearer ${application.directory.ownerKey}`, 'content-type': 'application/json' };
    const response = await application.fetch(new Request(`http://synap.bench${path}`, { ...init, headers }));
    return response.json();
  };
  const paths = new Map<string, string>();
  for (const { path, title, content } of await readVault()) {
    const created = await call('/api/v1/notes', { method: 'POST', body: JSON.stringify({ title, content }) });
    paths.set(createdSchema.parse(created).entity.id, path);
  }
  await application.idle();
  return {
    search: async (query: string, mode: Mode) => {
      const parameters = new URLSearchParams({ q: query, mode, limit: String(DEPTH) });
      const { items } = answerSchema.parse(await call(`/api/v1/search?${parameters}`));
      return { paths: items.map(({ entity }) => paths.get(entity.id) ?? ''), bestScore: items[0]?.score ?? 0 };
    },
    close: async () => {
      await application.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
