import { expect, test } from 'vitest';
import { createLogger, loggable } from './logger.ts';

test('the log has the innermost cause of an error, and nothing that people wrote', () => {
  const cause = Object.assign(new Error('disk full'), { code: '53100', detail: 'Key (title)=(my secret)' });
  const error = new Error('Failed query: insert … params: my secret', { cause });
  expect(loggable(error)).toMatchObject({ name: 'Error', message: 'disk full', code: '53100' });
  expect(JSON.stringify(loggable(error))).not.toContain('my secret');
});

test('what is thrown without being an error is logged too', () => {
  expect(loggable('just words')).toEqual({ name: 'unknown', message: 'just words' });
});

test('whatever is logged, what may open something is not in it', () => {
  let written = '';
  const destination = {
    write: (line: string): void => {
      written += line;
    },
  };
  const logger = createLogger({ level: 'trace', isTerminal: false, destination });
  logger.warn(
    { password: 'hunter2', request: { headers: { authorization: 'Bearer hunter2', cookie: 'hunter2' } } },
    'so',
  );
  logger.error(
    { error: { name: 'Error', code: '53100' }, body: { user: { token: 'hunter2', code: 'hunter2' } } },
    'so',
  );
  expect(written).not.toContain('hunter2');
  expect(written).toContain('53100');
});
