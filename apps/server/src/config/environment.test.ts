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
])('%s=%s is refused, and the refusal names the variable', (name, value) => {
  const read = () => readConfiguration({ [name]: value });
  expect(read).toThrow(ValidationFailed);
  expect(read).toThrow(new RegExp(`^${name}: `));
});

test('settings of parts that are not built yet are named, not passed over', () => {
  expect(settingsWithoutEffect({ REDIS_URL: 'redis://x', S3_ENDPOINT: '', PORT: '1' })).toEqual(['REDIS_URL']);
});
