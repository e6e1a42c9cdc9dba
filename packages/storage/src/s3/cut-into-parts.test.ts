import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutIntoParts } from './cut-into-parts.ts';

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

it('parts are all of one size but the last, say which is the last, and together are the content', async () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(chunks, fc.integer({ min: 1, max: 60 }), async (content, partBytes) => {
      const parts: { bytes: Buffer; isLast: boolean }[] = [];
      for await (const { bytes, isLast, release } of cutIntoParts(streamOf(content), partBytes)) {
        parts.push({ bytes: Buffer.from(bytes), isLast });
        release();
      }
      expect(Buffer.compare(Buffer.concat(parts.map(({ bytes }) => bytes)), Buffer.concat(content))).toBe(0);
      expect(parts.map(({ isLast }) => isLast)).toEqual(parts.map((_, index) => index === parts.length - 1));
      for (const { bytes } of parts.slice(0, -1)) expect(bytes.byteLength).toBe(partBytes);
      expect(parts.at(-1)?.bytes.byteLength).toBeLessThanOrEqual(partBytes);
      // An empty last part is all of an empty content, and of no other.
      if (Buffer.concat(content).byteLength > 0) expect(parts.at(-1)?.bytes.byteLength).toBeGreaterThan(0);
    }),
  );
});
