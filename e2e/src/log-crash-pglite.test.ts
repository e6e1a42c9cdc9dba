import { describeLogCrashes } from './testing/log-crashes.ts';

describeLogCrashes({ name: 'on PGlite', databases: 0, kills: 30 });
