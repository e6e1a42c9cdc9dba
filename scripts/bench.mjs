// npm run bench [-- NAME…]: prints the figures of the named benchmarks, or of all.
import { ensureReady } from './ensure-ready.mjs';

ensureReady();
const { runBenchmarks } = await import('../bench/dist/index.js');
process.exitCode = await runBenchmarks(process.argv.slice(2));
