import { afterAll, describe, expect, it } from 'vitest';
import { createLocalEmbedder } from '../embedding/local-embedder.ts';
import { createTagGuesser, writtenTags } from './tags.ts';

const embedder = createLocalEmbedder();
afterAll(() => embedder.close());

describe('tags that are written', () => {
  it.each([
    ['paint the fence #Home #garden-work', ['home', 'garden-work']],
    ['#idea at the start, #idea twice', ['idea']],
    ['größer #Küche #日本', ['küche', '日本']],
    ['issue #1, colour #fff and #a0b1c2', []],
    ['# Heading\n## Section', []],
    ['https://example.com/page#section and `#code`', []],
    ['a#b and c/#d', []],
    ['a #facade is no colour', ['facade']],
  ])('%j', (content, expected) => expect(writtenTags(content)).toEqual(expected));
});

describe('tags that are proposed', () => {
  const knownTags = ['cooking', 'travel', 'finance', 'running', 'book-club', 'music'];
  const guess = async (content: string, tags: readonly string[] = knownTags) => {
    const [vector] = await embedder.embed([content]);
    if (vector === undefined) throw new Error('no vector');
    return createTagGuesser({ embedder }).guess(content, { vector, knownTags: tags });
  };

  it('are the person’s own, by word or by meaning', async () => {
    expect((await guess('next book club is about Woolf')).map(({ value }) => value)).toContain('book-club');
    expect(
      (await guess('Recipe for a vegetable soup: boil the carrots, then add cream')).map(({ value }) => value),
    ).toContain('cooking');
  });

  it('are none when nothing fits', async () => {
    expect(await guess('The neighbour’s dog is called Bruno')).toEqual([]);
    expect(await guess('anything at all', [])).toEqual([]);
  });

  it('are at most three, after those that are written', async () => {
    const tags = await guess('cooking travel finance running music #own');
    expect(tags).toHaveLength(4);
    expect(tags[0]).toEqual({ value: 'own', confidence: 1 });
  });

  it('never include what cannot be a tag', async () => {
    expect(await guess('cooking', ['', '###', '!!!', 'x'.repeat(500)])).toEqual([]);
  });
});
