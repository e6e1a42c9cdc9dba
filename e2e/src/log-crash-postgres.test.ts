import { describeLogCrashes } from './testing/log-crashes.ts';

describeLogCrashes({ name: 'on PostgreSQL (set SYNAP_TEST_DATABASE_URL)', databases: 1, kills: 30 });
