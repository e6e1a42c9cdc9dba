import fc from 'fast-check';
import { expect, test } from 'vitest';
import { transcriptText } from './transcript-text.ts';

test('what was said is written in paragraphs, each with the time at which it begins', () => {
  const long = 'word '.repeat(90).trim();
  const parts = [
    { text: ' Good morning. ', startSeconds: 0.4 },
    { text: long, startSeconds: 3 },
    { text: 'And\nthen?', startSeconds: 125.9 },
    { text: '  ', startSeconds: 130 },
    { text: 'Nothing.', startSeconds: 3723 },
  ];
  expect(transcriptText(parts)).toBe(`[0:00] Good morning. ${long}\n\n[2:05] And then? Nothing.\n`);
  expect(transcriptText(parts.slice(4))).toBe('[1:02:03] Nothing.\n');
  expect(transcriptText([{ text: ' ', startSeconds: 0 }])).toBe('');
});

test('no word is lost', () => {
  const part = fc.record({ text: fc.string(), startSeconds: fc.integer({ min: 0, max: 100_000 }) });
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');
      const written = transcriptText(parts).replace(/^\[[\d:]+\] /gm, '');
      expect(words(written)).toEqual(parts.flatMap(({ text }) => words(text)));
    }),
  );
});
