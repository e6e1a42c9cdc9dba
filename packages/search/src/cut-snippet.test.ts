import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutSnippet } from './cut-snippet.ts';
import { findWords } from './find-words.ts';

const filler = (count: number): string => 'lorem ipsum dolor sit amet '.repeat(count);

describe('a snippet', () => {
  it('is the whole text where that is short, with its white space collapsed', () => {
    expect(cutSnippet(' a\n\n b ', { words: ['zebra'] })).toBe('a b');
  });

  it('shows the place with most of the words, not the first that has one', () => {
    const text = `${filler(20)} zebra ${filler(20)} the zebra crossed the river ${filler(20)} river ${filler(20)}`;
    const snippet = cutSnippet(text, { words: ['zebra', 'river'] });
    expect(snippet).toContain('zebra crossed the river');
    expect(snippet).toMatch(/^…\S.*\S…$/);
  });

  it('begins at the beginning where no word is found', () => {
    expect(cutSnippet(filler(40), { words: [] })).toMatch(/^lorem ipsum .*…$/);
  });

  it('reaches to the end when the words stand there', () => {
    const snippet = cutSnippet(`${filler(40)}the last zebra`, { words: ['zebra'] });
    expect(snippet).toMatch(/^….*the last zebra$/);
    expect(snippet.length).toBeGreaterThan(180);
  });

  it('keeps to its length, cuts no character in half, and cuts between words where there are any', () => {
    const text = fc.array(fc.constantFrom('zebra', 'river', 'word', '漢字漢字', '🎉', ' ', ' ', '\n'), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(text, fc.integer({ min: 100, max: 300 }), (parts, maxLength) => {
        const source = parts.join('');
        const snippet = cutSnippet(source, { words: ['zebra', 'river'], maxLength });
        expect(snippet.length).toBeLessThanOrEqual(maxLength);
        expect(snippet.isWellFormed()).toBe(true);
        expect(source.replace(/\s+/g, ' ')).toContain(snippet.replace(/^…|…$/g, ''));
      }),
    );
  });

  it('is cut in time that grows linearly with the text', { timeout: 20_000 }, () => {
    expect(cutSnippet('zebra '.repeat(500_000), { words: ['zebra', 'river'] }).length).toBeLessThanOrEqual(240);
  });
});

describe('the words of a query in a text', () => {
  it.each([
    ['private notes', ['privat'], ['private']],
    ['two cities, one city', ['citi'], ['cities', 'city']],
    ['running late', ['run'], ['running']],
    ['Keep it', ['keeping'], ['Keep']],
    ['the artificial', ['art'], []],
    ['a b c', ['b'], ['b']],
    ['über Straße', ['straße'], ['Straße']],
  ])('in %j %j are %j', (text, words, expected) => {
    expect(findWords(text, words).map(({ start, end }) => text.slice(start, end))).toEqual(expected);
  });
});
