/** What a benchmark found, ready to be printed. */
export interface BenchTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** What a reader must know to judge the figures. */
  readonly notes: readonly string[];
}
