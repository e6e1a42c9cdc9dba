// npm start: installs and builds what is missing, then serves in this process until Ctrl-C.
import { ensureReady } from './ensure-ready.mjs';

ensureReady();
const { runServer } = await import('../apps/server/dist/index.js');
process.exit(await runServer(process.env));
