import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Chunk, chunkMarkdown } from './chunk-markdown.ts';
import { frontMatterLength } from './plain-text.ts';

/** Pieces of Markdown, well and ill formed, from which hostile and ordinary notes are put together. */
const fragment = fc.constantFrom(
  '# Title\n',
  '## Part ##\n',
  '### C#\r\n',
  'Under\n===\n',
  '---\n',
  '```js\n',
  '````\n',
  '~~~\n',
  '- item\n',
  '  1. nested item\n',
  '| a | b |\n',
  '> quoted\n',
  '\n',
  '\r\n',
  ' \t ',
  'A sentence. Another one! ',
  'word '.repeat(90),
  'Ein Satz mit Umlauten äöü. '.repeat(20),
  '这是一个句子。',
  '漢字'.repeat(300),
  'ภาษาไทย'.repeat(100),
  '👩‍👩‍👧‍👦🎉',
  '🎉'.repeat(700),
  'x'.repeat(1500),
  '\u2028',
  '\uFEFF',
);
const markdown = fc
  .array(fc.oneof(fragment, fc.string({ unit: 'grapheme' })), { maxLength: 40 })
  .map((all) => all.join(''));

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);

describe('chunks of any text', () => {
  it('are exactly the bytes of the file between their offsets', () => {
    fc.assert(
      fc.property(markdown, (text) => {
        const bytes = encode(text);
        for (const { start, end, text: content } of chunkMarkdown(text)) {
          expect(decode(bytes.subarray(start, end))).toBe(content);
        }
      }),
    );
  });

  it('ascend, and overlap by less than half of the one before', () => {
    fc.assert(
      fc.property(markdown, (text) => {
        let previous: Chunk | undefined;
        for (const chunk of chunkMarkdown(text)) {
          if (previous !== undefined) {
            expect(chunk.end).toBeGreaterThan(previous.end);
            expect(chunk.start).toBeGreaterThanOrEqual((previous.start + previous.end) / 2 - 1);
          }
          previous = chunk;
        }
      }),
    );
  });

  it('hold every character that is not blank and not front matter', () => {
    fc.assert(
      fc.property(markdown, (text) => {
        const bytes = encode(text);
        const isCovered = new Uint8Array(bytes.byteLength);
        for (const { start, end } of chunkMarkdown(text)) isCovered.fill(1, start, end);
        const left = bytes
          .filter((_, index) => isCovered[index] === 0)
          .subarray(byteLength(text, frontMatterLength(text)));
        expect(new TextDecoder().decode(left).trim()).toBe('');
      }),
    );
  });

  it('are never blank and never larger than the embedding model reads', () => {
    fc.assert(
      fc.property(markdown, (text) => {
        for (const chunk of chunkMarkdown(text)) {
          expect(chunk.text.trim()).not.toBe('');
          expect(chunk.text.length).toBeLessThanOrEqual(1200);
        }
      }),
    );
  });
});

function byteLength(text: string, length: number): number {
  return encode(text.slice(0, length)).byteLength;
}

describe('chunks of a note', () => {
  it('are none where there is nothing to read', () => {
    for (const text of ['', ' \n\t\r\n ', '---\ntitle: x\n---\n', '---\ntags: [a]\n---\n\n  \n']) {
      expect(chunkMarkdown(text)).toEqual([]);
    }
  });

  it('leave out front matter, with a byte order mark and Windows line ends too', () => {
    expect(texts('---\ntitle: secret\n---\nHello')).toEqual(['Hello']);
    expect(texts('\uFEFF---\r\ntitle: secret\r\n---\r\nHello')).toEqual(['Hello']);
    expect(texts('---\nthis is no front matter')).toEqual(['---\nthis is no front matter']);
  });

  it('begin at a heading and know the headings above', () => {
    const text = `# Trip\n\n${prose(300)}\n\n## Packing\n\n${prose(300)}\n\n### Clothes #\n\n${prose(300)}\n\n## Route\n\n${prose(300)}`;
    expect(chunkMarkdown(text).map((chunk) => [firstLine(chunk), chunk.headings])).toEqual([
      ['# Trip', []],
      ['## Packing', ['Trip']],
      ['### Clothes #', ['Trip', 'Packing']],
      ['## Route', ['Trip']],
    ]);
  });

  it('know the headings with Windows line ends, underlined headings and markup in headings', () => {
    const text = `Trip to *Japan*\r\n===\r\n\r\n${prose(300)}\r\n\r\n## C# and [[F#|F sharp]]\r\n\r\n${prose(700)}\r\n\r\n${prose(700)}`;
    expect(chunkMarkdown(text).map(({ headings }) => headings)).toEqual([
      [],
      ['Trip to Japan'],
      ['Trip to Japan', 'C# and F sharp'],
    ]);
  });

  it('take a small section together with the next one, and never leave a heading alone', () => {
    expect(texts('# A\n\nshort\n\n# B\n\nshort')).toHaveLength(1);
    expect(texts(`# A\n\n## B\n\n${prose(990)}`)).toHaveLength(1);
  });

  it('keep fenced code whole, with what looks like headings in it', () => {
    const code = `\`\`\`sh\n${'# a comment\n\necho 1\n'.repeat(30)}\`\`\``;
    const chunks = chunkMarkdown(`${prose(500)}\n\n${code}\n\n# After\n\n${prose(500)}`);
    expect(chunks.map(({ text }) => text.includes(code))).toEqual([false, true, false]);
    expect(chunks.at(-1)?.headings).toEqual([]);
  });

  it('do not take a code span for a fence', () => {
    const chunks = chunkMarkdown(`\`\`\`inline\`\`\` is code.\n\n${prose(300)}\n\n# Heading\n\n${prose(300)}`);
    expect(chunks.map(firstLine)).toEqual(['```inline``` is code.', '# Heading']);
  });

  it('cut a long paragraph at the ends of sentences and repeat the sentence at the cut', () => {
    const sentences = Array.from({ length: 60 }, (_, index) => `This is sentence number ${index} of the paragraph. `);
    const chunks = texts(sentences.join(''));
    for (const chunk of chunks) expect(chunk).toMatch(/^This is .*paragraph\.\s*$/);
    for (const [index, chunk] of chunks.entries()) {
      if (index > 0) expect(chunks[index - 1]).toContain(chunk.slice(0, chunk.indexOf('.') + 1));
    }
  });

  it('cut text without spaces at its sentence marks, in smaller parts', () => {
    const chunks = texts('我今天早上去了图书馆借了三本书。'.repeat(100));
    for (const chunk of chunks) {
      expect(chunk.endsWith('。')).toBe(true);
      expect(chunk.length).toBeLessThanOrEqual(400);
    }
  });

  it('divide what is too long evenly, without a scrap at the end', () => {
    const lengths = texts('word '.repeat(245)).map((text) => text.length);
    expect(lengths).toHaveLength(2);
    expect(Math.min(...lengths)).toBeGreaterThan(400);
  });
});

describe('the time to chunk', () => {
  const hostile: Record<string, () => string> = {
    'one character for 20 MB': () => 'x'.repeat(20_000_000),
    'blanks for 20 MB': () => `${' '.repeat(20_000_000)}x`,
    'hash marks for 20 MB': () => `# ${'#'.repeat(390)}x\n`.repeat(50_000),
    'backticks for 20 MB': () => '`'.repeat(20_000_000),
    'emoji for 20 MB': () => '🎉'.repeat(5_000_000),
    'line ends for 20 MB': () => '\n'.repeat(20_000_000),
    '100,000 headings': () => '# a\n## b\n'.repeat(50_000),
    '100,000 list items': () => '- a\n'.repeat(100_000),
    'ends of sentences': () => '."\'"\''.repeat(4_000_000),
  };
  // Linear time takes well below two seconds for each; quadratic time takes days.
  it.each(Object.keys(hostile))('grows linearly with %s', { timeout: 20_000 }, (name) => {
    const text = hostile[name]?.() ?? '';
    const chunks = chunkMarkdown(text);
    expect(chunks.length).toBeLessThanOrEqual(1 + text.length / 100);
  });
});

function texts(text: string): string[] {
  return chunkMarkdown(text).map((chunk) => chunk.text);
}

function firstLine(chunk: Chunk): string {
  return chunk.text.split(/\r?\n/)[0] ?? '';
}

function prose(length: number): string {
  return 'Some words of a sentence go on. '.repeat(Math.ceil(length / 32)).slice(0, length);
}
