import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Worker } from 'node:worker_threads';
import { Unavailable } from '@synap/domain';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createLocalEmbedder, startEmbeddingWorker } from './local-embedder.ts';
import type { TextEmbedder } from './text-embedder.ts';

const embedder = createLocalEmbedder();
afterAll(() => embedder.close());

const longText = 'The harbour was quiet and the boats lay still in the early light. '.repeat(30);

describe('the vectors', () => {
  it('have the length 1, one per text, in the order of the texts', async () => {
    const texts = ['zebra', longText, '', 'a kitten sleeps on the sofa', '\n\t '];
    const vectors = await embedder.embed(texts);
    expect(vectors).toHaveLength(texts.length);
    for (const vector of vectors) {
      expect(vector).toHaveLength(embedder.dimensions);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    }
    const alone = await Promise.all(texts.map(async (text) => one(embedder, text)));
    for (const [index, vector] of vectors.entries()) expect(distance(vector, alone[index])).toBeLessThan(1e-4);
  });

  it('put a paraphrase nearer than another subject', async () => {
    const pairs = [
      ['a cat naps on the couch', 'the kitten is asleep on the sofa', 'the central bank raised interest rates'],
      ['how do I reset my password', 'I forgot my login credentials', 'bake the bread for forty minutes'],
      ['the train to Vienna is late', 'our railway connection is delayed', 'a lawn needs water in summer'],
    ] as const;
    for (const [text, paraphrase, other] of pairs) {
      const [a, b, c] = await embedder.embed([text, paraphrase, other]);
      expect(similarity(a, b)).toBeGreaterThan(similarity(a, c) + 0.2);
    }
  });

  it('of a text beyond the window are those of its beginning', async () => {
    const [whole, beginning] = await embedder.embed([`${longText}The end differs.`, `${longText}Quite another end.`]);
    expect(distance(whole, beginning)).toBeLessThan(1e-4);
  });

  it('exist for any string', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary', maxLength: 80 }), { minLength: 1, maxLength: 4 }),
        async (texts) => {
          const vectors = await embedder.embed([...texts, '\ud800 lone surrogate \u0000']);
          for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('the queue', () => {
  it('never blocks the event loop while a lot is embedded', async () => {
    await embedder.warmUp();
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await embedder.embed(Array.from({ length: 40 }, (_, index) => `${index} ${longText}`));
    delay.disable();
    // In the main thread these 40 texts would block for 70 ms each.
    expect(delay.percentile(90) / 1e6).toBeLessThan(40);
  });

  it('lets an interactive text overtake background work', async () => {
    const finished: string[] = [];
    const background = embedder
      .embed(Array.from({ length: 12 }, () => longText))
      .then(() => finished.push('background'));
    const interactive = embedder.embed(['now'], { priority: 'interactive' }).then(() => finished.push('interactive'));
    await Promise.all([background, interactive]);
    expect(finished).toEqual(['interactive', 'background']);
  });

  it('drops what is given up, and goes on with the rest', async () => {
    const controller = new AbortController();
    const texts = Array.from({ length: 200 }, () => longText);
    const started = performance.now();
    const given = embedder.embed(texts, { signal: controller.signal });
    controller.abort(new Error('no longer wanted'));
    await expect(given).rejects.toThrow('no longer wanted');
    await embedder.embed(['next']);
    // 200 such texts take about 14 s.
    expect(performance.now() - started).toBeLessThan(5_000);
    await expect(embedder.embed(['x'], { signal: controller.signal })).rejects.toThrow('no longer wanted');
  });

  it('answers no texts with no vectors', async () => {
    expect(await embedder.embed([])).toEqual([]);
  });
});

describe('the thread', () => {
  it('that dies rejects what it owed, and the next call starts another', async () => {
    const workers: Worker[] = [];
    const fragile = createLocalEmbedder({
      startWorker(options) {
        const worker = startEmbeddingWorker(options);
        workers.push(worker);
        return worker;
      },
    });
    await fragile.warmUp();
    const owed = [fragile.embed([longText, longText]), fragile.embed(['queued'], { priority: 'interactive' })];
    const settled = Promise.allSettled(owed);
    await workers[0]?.terminate();
    for (const result of await settled) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'unavailable', dependency: 'embedding model' },
      });
    }
    expect(await fragile.embed(['again'])).toHaveLength(1);
    expect(workers).toHaveLength(2);
    await fragile.close();
  });

  it('that is closed rejects what is queued and everything later, and ends', async () => {
    const closing = createLocalEmbedder();
    await closing.warmUp();
    const running = closing.embed([longText]);
    const queued = closing.embed(['queued']);
    const refused = expect(queued).rejects.toBeInstanceOf(Unavailable);
    await closing.close();
    await refused;
    expect(await running).toHaveLength(1);
    await expect(closing.embed(['later'])).rejects.toBeInstanceOf(Unavailable);
    await closing.close();
  });
});

async function one(source: TextEmbedder, text: string): Promise<Float32Array> {
  const [vector] = await source.embed([text]);
  if (vector === undefined) throw new Error('no vector');
  return vector;
}

function similarity(one: Float32Array | undefined, other: Float32Array | undefined): number {
  if (one === undefined || other === undefined) return Number.NaN;
  return one.reduce((sum, value, axis) => sum + value * (other[axis] ?? Number.NaN), 0);
}

function distance(one: Float32Array | undefined, other: Float32Array | undefined): number {
  if (one === undefined || other === undefined) return Number.NaN;
  return Math.hypot(...one.map((value, axis) => value - (other[axis] ?? Number.NaN)));
}
