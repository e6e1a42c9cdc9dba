import { analysisQuality } from './analysis-quality.ts';
import type { BenchTable } from './bench-table.ts';
import { enrichmentTable } from './enrichment-latency.ts';
import { failingProviderTable } from './failing-provider.ts';
import { engineTable } from './workflow-engine.ts';

/** How well captures are analysed, how soon, and what is left of it when a provider fails. */
export async function* ai(): AsyncGenerator<BenchTable> {
  yield await analysisQuality();
  yield await engineTable();
  yield await enrichmentTable();
  yield await failingProviderTable();
}
