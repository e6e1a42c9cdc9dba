import { titleSchema } from '@synap/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deriveTitle } from './derive-title.ts';

test.each([
  ['Buy milk tomorrow', 'Buy milk tomorrow'],
  ['# Sleep better\n\nNo screens after ten.', 'Sleep better'],
  ['---\ntags: [garden]\n---\n\nPinch out the side shoots', 'Pinch out the side shoots'],
  ['\n\n- [ ] call **Anna**', 'call Anna'],
  ['!!!', '!!!'],
])('the title of %j is %j', (content, title) => {
  expect(deriveTitle(content)).toBe(title);
});

test('a long line is cut at a word', () => {
  const title = deriveTitle('seven words and then some more of them '.repeat(5));
  expect(title.length).toBeLessThanOrEqual(80);
  expect(title).toMatch(/\p{L}…$/u);
  expect('seven words and then some more of them '.repeat(5)).toContain(title.slice(0, -1));
});

test('whatever somebody writes, its title is one that can be stored', () => {
  const content = fc.string({ unit: 'binary', minLength: 1, maxLength: 300 });
  fc.assert(fc.property(content, (text) => titleSchema.safeParse(deriveTitle(text)).success));
});
