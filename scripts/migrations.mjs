// npm run migrations -- --name what_changes: writes the migration that brings a database to the tables as the schema has
// them now. Migrations are run in the order of their times, and one whose time is not later than that of the one before
// it would be left out: so it gets a later one, whatever the clocks said that the others were written by.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './ensure-ready.mjs';

const JOURNAL = join(root, 'packages', 'database', 'migrations', 'meta', '_journal.json');

run(process.execPath, [join(root, 'node_modules', 'drizzle-kit', 'bin.cjs'), 'generate', ...process.argv.slice(2)]);
const journal = JSON.parse(readFileSync(JOURNAL, 'utf8'));
const [newest, ...earlier] = journal.entries.toReversed();
const latest = Math.max(0, ...earlier.map(({ when }) => when));
if (newest !== undefined && newest.when <= latest) {
  newest.when = latest + 1;
  writeFileSync(JOURNAL, JSON.stringify(journal, null, 2));
}
