import { expect, test } from 'vitest';
import { loggable } from './logger.ts';

test('the log has the innermost cause of an error, and nothing that people wrote', () => {
  const cause = Object.assign(new Error('disk full'), { code: '53100', detail: 'Key (title)=(my secret)' });
  const error = new Error('Failed query: insert … params: my secret', { cause });
  expect(loggable(error)).toMatchObject({ name: 'Error', message: 'disk full', code: '53100' });
  expect(JSON.stringify(loggable(error))).not.toContain('my secret');
});

test('what is thrown without being an error is logged too', () => {
  expect(loggable('just words')).toEqual({ name: 'unknown', message: 'just words' });
});
