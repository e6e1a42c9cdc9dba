import { spawnSync } from 'node:child_process';
import { type ProviderServer, sampleMedia, startProviderServer, transcriptReply } from '@synap/ai/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

/*
 * Recordings, transcribed by a stand-in that speaks the format of OpenAI's transcriptions; what a real model would hear
 * it does not prove.
 */

const AT_ONCE = { 'retry-after-ms': '1' };

let provider: ProviderServer;
let server: ServerProcess;
beforeAll(async () => {
  provider = await startProviderServer();
  server = await startServer(await newDataDirectory(), {
    OPENAI_BASE_URL: provider.url,
    TRANSCRIPTION_MODEL: 'a-whisper',
    SYNAP_MODEL_PRICES: 'a-whisper=0.006/min',
    LOG_LEVEL: 'error',
  });
});
afterAll(async () => {
  await server?.stop();
  await provider?.close();
});

const record = async (name: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> => {
  const response = await server.fetch(`/api/v1/files?name=${name}`, { method: 'POST', body: bytes });
  expect(response.status).toBe(201);
  return ((await response.json()) as { entity: { id: string } }).entity.id;
};
/** A recording of its own for each number. */
const wav = (number: number) => new Uint8Array([...sampleMedia.wav, ...Buffer.from('data'), 1, 0, 0, 0, number]);
const notesOf = async (id: string) =>
  (await server.call('GET', `/api/v1/entities/${id}`)).body.relations.filter(
    ({ type }: { type: string }) => type === 'derived_from',
  );
const transcribed = (id: string) =>
  eventually(
    () => notesOf(id),
    (relations) => relations.length > 0,
  );

test('what is said in a recording is a note, found by its words, and the same recording is paid for once', async () => {
  provider.answerWith(() => transcriptReply(['The spare key hangs', 'behind the boiler.']));
  const memo = await record('memo.wav', wav(1));
  const [{ sourceId }] = await transcribed(memo);
  const { body } = await server.call('GET', `/api/v1/entities/${sourceId}`);
  expect(body.entity).toMatchObject({ type: 'note', title: 'Transcript of memo.wav', fileType: 'markdown' });
  const content = await (await server.fetch(`/api/v1/entities/${sourceId}/content`)).text();
  expect(content).toBe('[0:00] The spare key hangs behind the boiler.\n');
  const found = await eventually(
    async () => (await server.call('GET', '/api/v1/search?q=boiler')).body.items,
    (items) => items.length > 0,
  );
  expect(found[0]).toMatchObject({ entity: { id: sourceId }, snippet: expect.stringContaining('behind the boiler') });
  const { start, end } = found[0].why.chunk;
  expect(Buffer.from(content).subarray(start, end).toString()).toContain('boiler');
  const [request] = provider.requests;
  expect(request).toMatchObject({ path: '/v1/audio/transcriptions', body: { model: 'a-whisper' } });
  expect(Buffer.from(await request?.body.file.arrayBuffer())).toEqual(Buffer.from(wav(1)));

  const again = await record('copy.wav', wav(1));
  expect((await transcribed(again))[0]).toMatchObject({ sourceId });
  expect(provider.requests).toHaveLength(1);
  const usage = (await server.call('GET', '/api/v1/usage')).body;
  expect(usage).toMatchObject({ today: 0.006, items: [{ calls: 1, audioSeconds: 60, cost: 0.006 }] });
});

test('a recording that cannot be transcribed is found by its name, and the reason is told', async () => {
  provider.answerWith(() => ({ status: 401, headers: AT_ONCE, body: '{}' }));
  const id = await record('interview-with-marta.wav', wav(2));
  const status = await eventually(
    async () => (await server.call('GET', '/api/v1/search/status')).body,
    ({ items: [index] }) => index?.failures.some(({ entityId }: { entityId: string }) => entityId === id) === true,
    { timeoutMs: 30_000 },
  );
  expect(status.items[0].failures[0]).toMatchObject({ reason: expect.stringContaining('Check its key') });
  const { items } = (await server.call('GET', '/api/v1/search?q=marta')).body;
  expect(items[0].entity.id).toBe(id);
  const failed = (await server.call('GET', '/api/v1/workflows/runs?status=failed')).body.items[0];
  expect(failed).toMatchObject({ workflowId: 'transcribe-audio', error: expect.stringContaining('status 401') });
  // With the key in order, it is run again.
  provider.answerWith(() => transcriptReply(['Marta speaks.']));
  await server.call('POST', `/api/v1/workflows/runs/${encodeURIComponent(failed.runId)}/retry`);
  expect(await transcribed(id)).toHaveLength(1);
});

const canMakeFilms = spawnSync('ffmpeg', ['-version']).status === 0;

test.skipIf(!canMakeFilms)(
  'what is said in a film is a note, too; the provider hears its sound alone (needs ffmpeg)',
  async () => {
    const signals = [
      '-f',
      'lavfi',
      '-i',
      'testsrc=size=64x64:rate=5:duration=2',
      '-f',
      'lavfi',
      '-i',
      'sine=duration=2',
    ];
    const { stdout: film } = spawnSync('ffmpeg', ['-loglevel', 'error', ...signals, '-f', 'matroska', 'pipe:1']);
    provider.answerWith(() => transcriptReply(['The ferry leaves at nine.']));
    const id = await record('holiday.mkv', new Uint8Array(film));
    const [{ sourceId }] = await transcribed(id);
    const content = await (await server.fetch(`/api/v1/entities/${sourceId}/content`)).text();
    expect(content).toBe('[0:00] The ferry leaves at nine.\n');
    expect(provider.requests).toHaveLength(1);
    const heard: Blob = provider.requests.at(-1)?.body.file;
    expect(heard.type).toBe('audio/mpeg');
    expect(heard.size).toBeLessThan(20_000);
  },
);
