import { describeLogCrashes } from './testing/log-crashes.ts';

describeLogCrashes({
  name: 'with the log in a database of its own (set SYNAP_TEST_DATABASE_URL)',
  databases: 2,
  kills: 10,
});
