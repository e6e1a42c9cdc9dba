import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readStart } from './file-start.ts';
import { heldTo } from './held-to.ts';

async function* streamOf(parts: readonly Uint8Array[], onEnd: () => void = () => undefined) {
  try {
    yield* parts;
  } finally {
    onEnd();
  }
}

async function collect(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts);
}

test('however content is cut into parts, its head is its beginning and the whole is the whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 9 })),
      fc.integer({ min: 1, max: 20 }),
      async (parts, size) => {
        const whole = Buffer.concat(parts);
        const start = await readStart(streamOf(parts), { headBytes: size });
        expect(Buffer.from(start.head)).toEqual(whole.subarray(0, size));
        if (whole.byteLength < size) expect(start.isComplete).toBe(true);
        if (whole.byteLength > size) expect(start.isComplete).toBe(false);
        expect(await collect(start.content)).toEqual(whole);
      },
    ),
  );
});

test('a source that is not wanted after its head is told to stop', async () => {
  let hasEnded = false;
  const start = await readStart(
    streamOf([Buffer.alloc(5), Buffer.alloc(5)], () => {
      hasEnded = true;
    }),
    { headBytes: 3 },
  );
  expect(hasEnded).toBe(false);
  await start.close();
  expect(hasEnded).toBe(true);
});

test('content that is not what was announced fails in place of its end', async () => {
  const parts = [Buffer.from('ab'), Buffer.from('c')];
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect((await collect(heldTo(streamOf(parts), () => ({ checksum: abc, sizeBytes: 3 })))).toString()).toBe('abc');
  await expect(collect(heldTo(streamOf(parts), () => ({ sizeBytes: 4 })))).rejects.toThrow(/sizeBytes/);
  await expect(collect(heldTo(streamOf(parts), () => ({ checksum: 'a'.repeat(64) })))).rejects.toThrow(/checksum/);
});
