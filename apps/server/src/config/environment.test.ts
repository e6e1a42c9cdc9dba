import { ValidationFailed } from '@synap/domain';
import { expect, test } from 'vitest';
import { readConfiguration, settingsWithoutEffect } from './environment.ts';

test('nothing needs to be set', () => {
  expect(readConfiguration({})).toMatchObject({ host: '127.0.0.1', port: 4000, databaseUrl: null, logLevel: 'info' });
});

test('an empty variable counts as not set', () => {
  expect(readConfiguration({ PORT: '', DATABASE_URL: '' })).toEqual(readConfiguration({}));
});

test.each([
  ['PORT', 'http'],
  ['PORT', '70000'],
  ['PORT', '-1'],
  ['DATABASE_URL', 'mysql://localhost/x'],
  ['LOG_LEVEL', 'loud'],
  ['SYNAP_FILE_LIMITS', 'pdf=lots'],
  ['SYNAP_FILE_LIMITS', 'program=1MB'],
  ['S3_ENDPOINT', 'ftp://somewhere'],
  ['S3_BUCKET', 'No Bucket'],
  ['INNGEST_BASE_URL', 'inngest'],
  ['INNGEST_SIGNING_KEY', 'not a key'],
  ['INNGEST_DEV', 'maybe'],
  ['BETTER_AUTH_SECRET', 'short'],
  ['BETTER_AUTH_URL', 'notes.example'],
  ['SYNAP_SIGNUP', 'everybody'],
  ['SYNAP_CORS_ORIGINS', 'https://a.example/path'],
  ['REDIS_URL', 'http://localhost:6379'],
  ['SMTP_URL', 'mail.example'],
  ['SYNAP_RATE_LIMIT', 'many'],
  ['SYNAP_PROXIES', '-1'],
  ['SYNAP_QUOTA_BYTES', 'lots'],
  ['SYNAP_WEBHOOK_PRIVATE_HOSTS', 'http://localhost'],
  ['SYNAP_WEBHOOK_PRIVATE_HOSTS', 'localhost:8080'],
])('%s=%s is refused, and the refusal names the variable', (name, value) => {
  const read = () => readConfiguration({ [name]: value });
  expect(read).toThrow(ValidationFailed);
  expect(read).toThrow(new RegExp(`^${name}: `));
});

test('webhooks go to the public only, and to hosts that are named', () => {
  expect(readConfiguration({}).webhookPrivateHosts).toEqual(new Set());
  const named = { SYNAP_WEBHOOK_PRIVATE_HOSTS: ' localhost, 192.168.1.20,[::1],N8N.home ' };
  const hosts = ['localhost', '192.168.1.20', '[::1]', 'n8n.home'];
  expect(readConfiguration(named).webhookPrivateHosts).toEqual(new Set(hosts));
});

test('a bucket needs its key, and whoever sets one without the other is told what is missing', () => {
  const bucket = { S3_BUCKET: 'synap', S3_ACCESS_KEY_ID: 'key' };
  expect(() => readConfiguration(bucket)).toThrow(/^S3_SECRET_ACCESS_KEY: /);
  expect(() => readConfiguration({ S3_ENDPOINT: 'https://s3.example' })).toThrow(/^S3_BUCKET: /);
  const { s3 } = readConfiguration({ ...bucket, S3_SECRET_ACCESS_KEY: 'secret' });
  expect(s3).toMatchObject({ bucket: 'synap', region: 'auto', publicUrl: null });
  expect(readConfiguration({}).s3).toBeNull();
});

test('a language model is Anthropic’s with its key, else the one that is named', () => {
  expect(readConfiguration({}).languageModel).toBeNull();
  expect(readConfiguration({ OPENAI_API_KEY: 'key' }).languageModel).toBeNull();
  expect(
    readConfiguration({ ANTHROPIC_API_KEY: 'key', OPENAI_MODEL: 'gpt', OPENAI_API_KEY: 'key' }).languageModel,
  ).toEqual({ provider: 'anthropic', model: 'claude-haiku-4-5', apiKey: 'key' });
  const local = { OPENAI_MODEL: 'llama3.3', OPENAI_BASE_URL: 'http://localhost:11434/v1' };
  expect(readConfiguration(local).languageModel).toEqual({
    provider: 'openai',
    model: 'llama3.3',
    baseUrl: 'http://localhost:11434/v1',
  });
  expect(() => readConfiguration({ OPENAI_MODEL: 'gpt' })).toThrow(/^OPENAI_MODEL: /);
});

test('a model embeds once it is named, with its dimensions where nobody knows them', () => {
  const key = { OPENAI_API_KEY: 'key' };
  expect(readConfiguration(key).embeddingModel).toBeNull();
  const small = readConfiguration({ ...key, EMBEDDING_MODEL: 'text-embedding-3-small' }).embeddingModel;
  expect(small).toEqual({ model: 'text-embedding-3-small', dimensions: 1536, apiKey: 'key' });
  expect(() => readConfiguration({ ...key, EMBEDDING_MODEL: 'other' })).toThrow(/^EMBEDDING_DIMENSIONS: /);
  expect(() => readConfiguration({ EMBEDDING_MODEL: 'text-embedding-3-small' })).toThrow(/^EMBEDDING_MODEL: /);
});

test('Inngest needs both keys, but for a development server', () => {
  const keys = { INNGEST_EVENT_KEY: 'event-key', INNGEST_SIGNING_KEY: 'signkey-prod-00ff' };
  expect(() => readConfiguration({ INNGEST_EVENT_KEY: 'event-key' })).toThrow(/^INNGEST_SIGNING_KEY: /);
  expect(() => readConfiguration({ INNGEST_BASE_URL: 'http://inngest:8288' })).toThrow(/INNGEST_EVENT_KEY: /);
  expect(readConfiguration(keys).inngest).toEqual({
    isDev: false,
    eventKey: 'event-key',
    signingKey: 'signkey-prod-00ff',
  });
  expect(readConfiguration({ INNGEST_DEV: 'http://localhost:8288' }).inngest).toEqual({
    isDev: true,
    baseUrl: 'http://localhost:8288',
  });
  expect(readConfiguration({ INNGEST_DEV: '0' }).inngest).toBeUndefined();
});

test('accounts need nothing, and whoever sets half of something is told what is missing', () => {
  expect(readConfiguration({}).accounts).toMatchObject({ signUp: 'first', oidc: null, mail: null, redisUrl: null });
  expect(() => readConfiguration({ OIDC_ISSUER: 'https://id.example' })).toThrow(/^OIDC_CLIENT_ID: /);
  expect(() => readConfiguration({ SMTP_URL: 'smtp://mail.example' })).toThrow(/^MAIL_FROM: /);
  const { quota } = readConfiguration({ SYNAP_QUOTA_ITEMS: '0', SYNAP_QUOTA_BYTES: '50GB' }).accounts;
  expect(quota).toEqual({ items: null, bytes: 50 * 1024 ** 3 });
  expect(readConfiguration({ SYNAP_RATE_LIMIT: '0' }).accounts.requestsPerMinute).toBeNull();
  const origins = 'https://a.example, http://localhost:5173/';
  expect(readConfiguration({ SYNAP_CORS_ORIGINS: origins }).accounts.corsOrigins).toEqual([
    'https://a.example',
    'http://localhost:5173',
  ]);
});

test('limits of files are read by kind', () => {
  const { fileLimits } = readConfiguration({ SYNAP_FILE_LIMITS: 'pdf=300MB, video=8GB' });
  expect(fileLimits).toEqual({ pdf: 300 * 1024 ** 2, video: 8 * 1024 ** 3 });
});

test('settings that do nothing are named, not passed over', () => {
  const warned = (environment: Record<string, string>) =>
    settingsWithoutEffect(environment).map((warning) => warning.split(' ')[0]);
  expect(warned({ QDRANT_URL: 'http://localhost:6333', REDIS_URL: 'redis://x' })).toEqual([]);
  expect(warned({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x', S3_ENDPOINT: '', PORT: '1' })).toEqual([
    'OTEL_EXPORTER_OTLP_ENDPOINT',
  ]);
  expect(warned({ OPENAI_API_KEY: 'key' })).toEqual(['OPENAI_API_KEY']);
  expect(warned({ OPENAI_API_KEY: 'key', EMBEDDING_MODEL: 'text-embedding-3-small' })).toEqual([]);
});

test('a budget is refused while the price of a model is not known, and prices are read as they are said', () => {
  const settings = { OPENAI_BASE_URL: 'http://localhost:11434/v1', OPENAI_MODEL: 'llama', SYNAP_DAILY_BUDGET: '0.50' };
  expect(() => readConfiguration(settings)).toThrow(/SYNAP_MODEL_PRICES: needed .* llama=0 if it is free/);
  const prices = { SYNAP_MODEL_PRICES: 'llama=0, other:7b=0.25/2,ears=0.006/min' };
  expect(readConfiguration({ ...settings, ...prices })).toMatchObject({
    dailyBudgetDollars: 0.5,
    modelPrices: {
      llama: { input: 0, output: 0 },
      'other:7b': { input: 0.25, output: 2 },
      ears: { audioMinute: 0.006 },
    },
  });
  expect(
    readConfiguration({ OPENAI_API_KEY: 'a-key', OPENAI_MODEL: 'gpt-5-mini', SYNAP_DAILY_BUDGET: '1' }),
  ).toMatchObject({
    dailyBudgetDollars: 1,
  });
  for (const wrong of [{ SYNAP_DAILY_BUDGET: '-1' }, { SYNAP_DAILY_BUDGET: 'much' }, { SYNAP_MODEL_PRICES: 'llama' }]) {
    expect(() => readConfiguration(wrong)).toThrow(/SYNAP_/);
  }
});
