import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Unavailable, Unprocessable } from '@synap/domain';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { createTextExtractor } from './isolated-text-extractor.ts';
import { startReader } from './reading/start-reader.ts';
import { aDocx, paragraph } from './testing/sample-docx.ts';
import { sampleMedia } from './testing/sample-media.ts';
import { aPdf, flateBomb, ZLIB_HEAD } from './testing/sample-pdf.ts';
import { aPng, pictureOfWriting } from './testing/sample-picture.ts';

const extractor = createTextExtractor();
afterAll(() => extractor.close());

const ENCRYPTED = `/ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <${'11'.repeat(32)}> /U <${'22'.repeat(32)}> >>`;
const pageOfWords = Array.from({ length: 50 }, (_, line) => `line ${line} of a page with words`);
/** A page of so many bytes in a file of a thousandth. */
const bomb = (bytes: number) =>
  aPdf({ firstPageStream: { entries: '/Filter /FlateDecode', content: Buffer.concat([ZLIB_HEAD, flateBomb(bytes)]) } });

/** White all over, some two megabytes as a file. */
const hugePicture = () => aPng({ width: 25_000, height: 20_000, pixels: Uint8Array.of(255) });

async function* inPieces(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.byteLength; at += 7) yield content.subarray(at, at + 7);
}

describe('the text', () => {
  test('of a PDF is its pages in order, with its title', async () => {
    const content = aPdf({ title: 'My title', pages: [['Hello (there)', 'second line'], ['Page two']] });
    expect(await extractor.extractText({ kind: 'pdf', content, maxTextLength: 1_000 })).toEqual({
      text: 'Hello (there)\nsecond line\n\nPage two',
      title: 'My title',
      isTruncated: false,
      problem: null,
    });
  });

  test.each([
    ['markdown', Buffer.from('\uFEFF# Hi\r\n\u001bthere')],
    ['text', Buffer.from('\uFEFF# Hi\nthere', 'utf16le')],
    ['html', Buffer.from('<div># Hi</div>there')],
    ['docx', aDocx({ body: paragraph('# Hi') + paragraph('there') })],
    ['pdf', aPdf({ pages: [['# Hi', 'there']] })],
  ] as const)('of %s is the same at once and in pieces', async (kind, content) => {
    for (const source of [content, inPieces(content)]) {
      const { text, problem } = await extractor.extractText({ kind, content: source, maxTextLength: 100 });
      expect({ text, problem }).toEqual({ text: '# Hi\nthere', problem: null });
    }
  });

  test('of a long file ends where enough is read, and nothing more of a plain one is fetched', async () => {
    const pages = Array.from({ length: 400 }, () => pageOfWords);
    const pdf = await extractor.extractText({ kind: 'pdf', content: aPdf({ pages }), maxTextLength: 1_000 });
    expect(pdf).toMatchObject({ isTruncated: true, problem: null });
    expect(pdf.text).toHaveLength(1_000);
    let fetched = 0;
    const endless = async function* () {
      for (; ; fetched += 1) yield Buffer.from('all work and no play '.repeat(50));
    };
    const plain = await extractor.extractText({ kind: 'text', content: endless(), maxTextLength: 1_000 });
    expect(plain).toMatchObject({ isTruncated: true, problem: null });
    expect(fetched).toBeLessThan(10);
  });

  test('of a picture is the writing in it', async () => {
    const { text, problem } = await extractor.extractText({
      kind: 'image',
      content: pictureOfWriting,
      maxTextLength: 1_000,
    });
    expect({ text: text?.toLowerCase(), problem }).toEqual({
      text: 'boiler service receipt\ninvoice 4711, paid 180 eur',
      problem: null,
    });
  });

  test('of a picture without writing is empty, whatever letters one could see in it', async () => {
    let state = 7;
    const noise = Uint8Array.from({ length: 300 * 200 }, () => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state >> 23;
    });
    const content = aPng({ width: 300, height: 200, pixels: noise });
    const { text, problem } = await extractor.extractText({ kind: 'image', content, maxTextLength: 1_000 });
    expect({ text, problem }).toEqual({ text: '', problem: null });
  });

  test('of sounds and films is none, which is no problem', async () => {
    for (const [kind, content] of [
      ['audio', sampleMedia.mp3],
      ['video', sampleMedia.mp4],
    ] as const) {
      const result = await extractor.extractText({ kind, content, maxTextLength: 100 });
      expect(result).toEqual({ text: null, title: null, isTruncated: false, problem: null });
    }
  });
});

describe('a file that cannot be read has a problem', () => {
  test.each([
    ['a PDF with a password', 'pdf', aPdf({ trailer: ENCRYPTED }), 'encrypted'],
    ['a PDF that is cut off', 'pdf', aPdf().subarray(0, 300), 'unreadable'],
    ['garbage behind the start of a PDF', 'pdf', Buffer.from('%PDF-1.7\n\u0001\u0002garbage'), 'unreadable'],
    ['a docx that is cut off', 'docx', aDocx().subarray(0, 300), 'unreadable'],
    ['binary data instead of text', 'markdown', sampleMedia.png, 'unreadable'],
    ['binary data instead of a page', 'html', sampleMedia.png, 'unreadable'],
    ['a picture that is cut off', 'image', sampleMedia.png, 'unreadable'],
    ['no content', 'pdf', Buffer.alloc(0), 'unreadable'],
  ] as const)('%s', async (_, kind, content, reason) => {
    const { text, problem } = await extractor.extractText({ kind, content, maxTextLength: 100 });
    expect(text).toBeNull();
    expect(problem).toMatchObject({ reason, message: expect.stringMatching(/\w.*\.$/) });
  });

  test('that has a page which is damaged, but only for that page', async () => {
    const content = aPdf({
      pages: [['x'], ['Page two']],
      firstPageStream: { entries: '/Filter /FlateDecode', content: Buffer.from('junk') },
    });
    expect((await extractor.extractText({ kind: 'pdf', content, maxTextLength: 100 })).text).toBe('Page two');
  });

  test('that is larger than what is read, without being sent as a whole', async () => {
    const small = createTextExtractor({ maxContentBytes: 1_000 });
    const result = await small.extractText({
      kind: 'pdf',
      content: inPieces(Buffer.alloc(100_000)),
      maxTextLength: 100,
    });
    expect(result.problem?.reason).toBe('too_large');
    await small.close();
  });
});

describe('a file that is made to do harm', () => {
  test('is refused if it is a zip bomb', async () => {
    const content = aDocx({ entries: { 'word/document.xml': new Uint8Array(30_000_000) } });
    await expect(extractor.extractText({ kind: 'docx', content, maxTextLength: 100 })).rejects.toBeInstanceOf(
      Unprocessable,
    );
  });

  test.each([
    ['outside of the heap', { maxResidentMegabytes: 250 }, 'pdf', bomb(4_000_000_000)],
    ['as a picture of 500 million pixels', {}, 'image', hugePicture()],
    [
      'in the heap',
      { maxHeapMegabytes: 40 },
      'html',
      Buffer.from(`<p ${Array.from({ length: 1_500_000 }, (_, index) => `a${index}`).join(' ')}>`),
    ],
  ] as const)(
    'is given up when it takes too much memory %s, and the next one is read',
    async (_, limits, kind, content) => {
      const narrow = createTextExtractor(limits);
      const harm = narrow.extractText({ kind, content, maxTextLength: 100 });
      const next = narrow.extractText({ kind: 'html', content: Buffer.from('<p>next'), maxTextLength: 100 });
      expect((await harm).problem?.reason).toBe('too_complex');
      expect((await next).text).toBe('next');
      await narrow.close();
    },
  );

  test('is given up at its deadline, and the event loop never waits for it', async () => {
    const hasty = createTextExtractor({ deadlineMs: 1_000, maxResidentMegabytes: 4_000 });
    const content = bomb(20_000_000_000);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const started = performance.now();
    const { problem } = await hasty.extractText({ kind: 'pdf', content, maxTextLength: 100 });
    delay.disable();
    expect(problem?.reason).toBe('timed_out');
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(delay.max / 1e6).toBeLessThan(500);
    await hasty.close();
  });

  test('by a random change has a result or is refused, whatever was changed', async () => {
    const samples = fc.constantFrom(
      { kind: 'pdf', content: aPdf({ title: 'T', pages: [pageOfWords, ['two']] }) } as const,
      { kind: 'docx', content: aDocx({ title: 'T' }) } as const,
      { kind: 'html', content: Buffer.from('<title>T</title><p hidden>x</p><table><td>1<td>2') } as const,
    );
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(samples, changes, fc.nat(), async ({ kind, content }, changed, cut) => {
        const bytes = Uint8Array.from(content);
        for (const [at, byte] of changed) bytes[at % bytes.byteLength] = byte;
        const mutated = cut % 4 === 0 ? bytes.subarray(0, cut % bytes.byteLength) : bytes;
        try {
          const { text, problem } = await extractor.extractText({ kind, content: mutated, maxTextLength: 1_000 });
          expect((text === null) === (problem !== null)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(Unprocessable);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('the process', () => {
  const slow = () => ({ kind: 'pdf', content: bomb(20_000_000_000), maxTextLength: 100 }) as const;
  const quick = { kind: 'html', content: Buffer.from('<p>quick'), maxTextLength: 100 } as const;

  test('serves those that wait after one was given up', async () => {
    const controller = new AbortController();
    const given = extractor.extractText({ ...slow(), signal: controller.signal });
    const waiting = extractor.extractText(quick);
    controller.abort(new Error('no longer wanted'));
    await expect(given).rejects.toThrow('no longer wanted');
    expect((await waiting).text).toBe('quick');
    await expect(extractor.extractText({ ...quick, signal: controller.signal })).rejects.toThrow('no longer wanted');
  });

  test('that is killed loses one file, and the next gets another process', async () => {
    const started: ChildProcess[] = [];
    const killed = createTextExtractor({
      start: (memory) => {
        const reader = startReader(memory);
        started.push(reader);
        return reader;
      },
    });
    await killed.extractText(quick);
    const lost = killed.extractText(slow());
    started[0]?.kill('SIGKILL');
    expect((await lost).problem?.reason).toBe('too_complex');
    expect((await killed.extractText(quick)).text).toBe('quick');
    expect(started).toHaveLength(2);
    await killed.close();
    expect(started.every(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null)).toBe(true);
  });

  test('is ended when it is idle', async () => {
    let reader: ChildProcess | undefined;
    const idle = createTextExtractor({
      idleMs: 1,
      start: (memory) => {
        reader = startReader(memory);
        return reader;
      },
    });
    await idle.extractText(quick);
    if (reader?.exitCode === null && reader.signalCode === null) await once(reader, 'exit');
    expect(reader?.signalCode).toBe('SIGKILL');
    await idle.close();
  });

  test('passes on what the content fails with', async () => {
    const failing = async function* () {
      yield Buffer.from('%PDF-1.4');
      throw new Unavailable('disk', 'The disk is gone.');
    };
    await expect(extractor.extractText({ kind: 'pdf', content: failing(), maxTextLength: 100 })).rejects.toThrow(
      'The disk is gone.',
    );
    expect((await extractor.extractText(quick)).text).toBe('quick');
  });

  test('that is closed rejects what it owes, and whatever comes later', async () => {
    const closing = createTextExtractor();
    const owed = [closing.extractText(slow()), closing.extractText(quick)];
    const settled = Promise.allSettled(owed);
    await closing.close();
    for (const { status } of await settled) expect(status).toBe('rejected');
    await expect(closing.extractText(quick)).rejects.toBeInstanceOf(Unavailable);
  });
});
