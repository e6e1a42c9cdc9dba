import { expect, test } from 'vitest';
import { priceOf } from './model-prices.ts';

test('a model costs what its versions do, and what is said of it goes before what is known', () => {
  const price = priceOf('gpt-5-mini');
  expect(price).toEqual({ input: 0.25, output: 2 });
  for (const version of ['gpt-5-mini-2025-08-07', 'gpt-5-mini-latest']) expect(priceOf(version)).toEqual(price);
  expect(priceOf('claude-haiku-4-5-20251001')).toEqual(priceOf('claude-haiku-4-5'));
  const own = { input: 0, output: 0 };
  expect(priceOf('gpt-5-mini', { 'gpt-5-mini': own })).toEqual(own);
  expect(priceOf('gpt-5-mini-2025-08-07', { 'gpt-5-mini': own })).toEqual(own);
});

test('of a model that nobody has heard of no price is made up', () => {
  for (const model of ['llama', 'gpt-5-mini-turbo', 'toString', '']) expect(priceOf(model)).toBeNull();
});
