import type { BenchTable } from './bench-table.ts';

/** Prints a table as Markdown, so that it can go into docs/benchmarks.md as it is. */
export function printTable({ title, columns, rows, notes }: BenchTable): void {
  const lines = [columns, columns.map(() => '---'), ...rows.map((row) => row.map(String))];
  process.stdout.write(`\n### ${title}\n\n`);
  for (const line of lines) process.stdout.write(`| ${line.join(' | ')} |\n`);
  for (const note of notes) process.stdout.write(`\n${note}\n`);
}
