import { dueSchema, entityTypeSchema, recurrenceSchema, tagSchema, titleSchema } from '@synap/domain';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createLocalEmbedder } from '../embedding/local-embedder.ts';
import type { CaptureAnalysis } from './capture-analyzer.ts';
import { createLocalAnalyzer } from './local-analyzer.ts';
import { isHeldBack, readTrainingCaptures } from './training-captures.ts';

const embedder = createLocalEmbedder();
const analyzer = createLocalAnalyzer({ embedder });
afterAll(() => embedder.close());

/** Wednesday 13 May 2026, 14:30 in Berlin. */
const analyse = (content: string, knownTags: readonly string[] = []): Promise<CaptureAnalysis> =>
  analyzer.analyse({ content, now: new Date('2026-05-13T12:30:00Z'), timezone: 'Europe/Berlin', knownTags });

describe('a capture becomes what it is', () => {
  it('a task with its due date', async () => {
    const analysis = await analyse('Buy milk tomorrow');
    expect(analysis.type.value).toBe('task');
    expect(analysis.title.value).toBe('Buy milk');
    expect(analysis.due?.value).toEqual({ date: '2026-05-14', time: null, timezone: 'Europe/Berlin' });
    expect(analysis.recurrence).toBeNull();
  });

  it('a task that recurs, first due on its next day', async () => {
    const analysis = await analyse('water the plants every Monday at 8 #home');
    expect(analysis.type.value).toBe('task');
    expect(analysis.title.value).toBe('Water the plants');
    expect(analysis.recurrence?.value).toBe('FREQ=WEEKLY;BYDAY=MO');
    expect(analysis.due?.value).toMatchObject({ date: '2026-05-18', time: '08:00' });
    expect(analysis.tags).toEqual([{ value: 'home', confidence: 1 }]);
  });

  it.each([
    ['Dinner with the Okafors on Friday at 7pm', 'event'],
    ['The code for the bike lock is 4471', 'note'],
    ['What if the calendar showed energy instead of time?', 'idea'],
    ['Renovate the bathroom: tiles, shower, plumbing, budget', 'project'],
    ['# Guide\n\nHow we work.\n\n## Tools\n\n- mail\n- chat\n\n## Rules\n\nBe kind.', 'page'],
  ])('%j is a %s', async (content, type) => expect((await analyse(content)).type.value).toBe(type));

  it('a note that mentions a day is not due', async () => {
    const analysis = await analyse('The restaurant was closed on Monday, we ate at the harbour instead');
    expect(analysis.type.value).toBe('note');
    expect(analysis.due).toBeNull();
  });
});

it('any string has a valid analysis', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (content) =>
      expectValid(await analyse(content, ['home', '!!'])),
    ),
    { numRuns: 60 },
  );
});

it.each([
  ['nothing', ''],
  ['white space', ' \n\t '],
  ['20 MB', 'a long thought '.repeat(1_400_000)],
  ['binary', Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 7) % 256)).toString('latin1')],
  ['half a character', '\ud83d buy milk \udc00'],
  ['one endless word', 'x'.repeat(100_000)],
  ['many digits', '1/1 '.repeat(5_000)],
  ['Japanese', '明日の午後三時に歯医者'],
])('%s is analysed within a second', async (_name, content) => {
  await embedder.warmUp();
  const started = performance.now();
  expectValid(await analyse(content));
  expect(performance.now() - started).toBeLessThan(1_000);
});

it.each([' ', ', ', '- ', 'on ', '12:', 'every ', '#a ', 'a, b, ', 'tomorrow ', '- [ ] ', '[a](', '---\ntitle:'])(
  'repeating %j makes no rule run away',
  async (part) => {
    for (const end of ['', 'x tomorrow', ' on friday', '!']) {
      const started = performance.now();
      await analyse(`a${part.repeat(2_000)}`.slice(0, 1_980) + end);
      expect(performance.now() - started).toBeLessThan(2_000);
    }
  },
);

it('is right on most captures that it was not trained on', async () => {
  const captures = readTrainingCaptures().filter(({ text }) => isHeldBack(text));
  const said = await Promise.all(captures.map(({ text }) => analyse(text)));
  const right = said.filter(({ type }, index) => type.value === captures[index]?.type).length;
  expect(captures.length).toBeGreaterThan(150);
  expect(right / captures.length).toBeGreaterThan(0.8);
});

it('stops when it is no longer wanted', async () => {
  const signal = AbortSignal.abort(new Error('no longer wanted'));
  const capture = { content: 'x', now: new Date(0), timezone: 'UTC', knownTags: [] };
  await expect(analyzer.analyse(capture, { signal })).rejects.toThrow('no longer wanted');
});

it('refuses an embedder of another model', () => {
  expect(() =>
    createLocalAnalyzer({
      embedder: { ...embedder, model: 'another', dimensions: 3, embed: embedder.embed, close: embedder.close },
    }),
  ).toThrow('another');
});

function expectValid({ type, title, due, recurrence, tags }: CaptureAnalysis): void {
  expect(entityTypeSchema.safeParse(type.value).success).toBe(true);
  expect(titleSchema.safeParse(title.value).success).toBe(true);
  if (due !== null) expect(dueSchema.parse(due.value)).toEqual(due.value);
  if (recurrence !== null) expect(recurrenceSchema.parse(recurrence.value)).toBe(recurrence.value);
  for (const tag of tags) expect(tagSchema.parse(tag.value)).toBe(tag.value);
  for (const guess of [type, title, due, recurrence, ...tags]) {
    if (guess === null) continue;
    expect(guess.confidence).toBeGreaterThanOrEqual(0);
    expect(guess.confidence).toBeLessThanOrEqual(1);
  }
}
