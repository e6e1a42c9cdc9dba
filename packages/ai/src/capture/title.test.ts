import { titleSchema } from '@synap/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findDue } from './due/find-due.ts';
import { titleOf } from './title.ts';

const berlin = { now: new Date('2026-05-13T12:30:00Z'), timezone: 'Europe/Berlin' };

function title(content: string): string {
  return titleOf(content, { without: findDue(content, berlin)?.places ?? [] });
}

describe('a title is the thing itself', () => {
  it.each([
    ['Buy milk tomorrow', 'Buy milk'],
    ['todo: fix the login by Friday', 'Fix the login'],
    ['Remember to call mum at 5pm', 'Call mum'],
    ['remind me in two weeks to check the seedlings', 'Check the seedlings'],
    ["don't forget the tickets", 'The tickets'],
    ['- [ ] book the ferry', 'Book the ferry'],
    ['on monday hand the keys back', 'Hand the keys back'],
    ["prepare slides for Thursday's talk", "Prepare slides for Thursday's talk"],
    ['# The plan\n\nfirst this, then that', 'The plan'],
    ['---\ntitle: From the front matter\n---\n\n# Heading', 'From the front matter'],
    ['\n\n  > quoted line\nsecond', 'Quoted line'],
    ['paint the fence #home #garden', 'Paint the fence'],
    ['see [the docs](https://example.com) **now**', 'See the docs now'],
    ['iPhone screen is cracked', 'iPhone screen is cracked'],
    ['https://www.example.com/page', 'example.com/page'],
    ['tomorrow', 'Tomorrow'],
    ['', 'Untitled'],
    ['\u0000\u200b  \n', 'Untitled'],
    ['???', '???'],
  ])('%j', (content, expected) => expect(title(content)).toBe(expected));

  it('is cut at a word, at about 80 characters', () => {
    const cut = title('word '.repeat(200));
    expect(cut.length).toBeLessThanOrEqual(80);
    expect(cut).toMatch(/word…$/);
    expect([...title('🦊'.repeat(500))].every((character) => character === '🦊' || character === '…')).toBe(true);
  });

  it('is the first sentence of a long line', () => {
    expect(title(`The lease is signed. ${'And then a lot more was said about it. '.repeat(5)}`)).toBe(
      'The lease is signed',
    );
  });
});

it('any content has a valid title', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (content) => {
      expect(titleSchema.safeParse(title(content)).success).toBe(true);
    }),
    { numRuns: 500 },
  );
});
