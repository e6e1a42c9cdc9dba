import { aDocx, aPdf, paragraph, pictureOfWriting, sampleMedia } from '@synap/ai/testing';
import type { AppRouter } from '@synap/api';
import { createTRPCClient, httpLink } from '@trpc/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { aFilm, sha256, uploadBody, uploadForm } from './testing/files.ts';
import { type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer(await newDataDirectory());
});
afterAll(() => server.stop());

const text = (content: string) => Buffer.from(content);

describe('a file', () => {
  test.each([
    [
      'note.md',
      text('# A note\n\nwith *words*'),
      'markdown',
      'A note with words',
      'text/markdown; charset=utf-8',
      'note',
    ],
    ['log.txt', text('plain words'), 'text', 'plain words', 'text/plain; charset=utf-8', 'log'],
    ['page.html', text('<!doctype html><p>web words'), 'html', 'web words', 'text/html; charset=utf-8', 'page.html'],
    ['a.pdf', aPdf({ pages: [['pdf words']] }), 'pdf', 'pdf words', 'application/pdf', 'a.pdf'],
    [
      'a.docx',
      aDocx({ body: paragraph('word words') }),
      'docx',
      'word words',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'a.docx',
    ],
    ['a.png', sampleMedia.png, 'image', '', 'image/png', 'a.png'],
    ['film.mp4', aFilm(3_000_000), 'video', '', 'video/mp4', 'film.mp4'],
  ])('%s comes back byte for byte, as what it is', async (name, content, fileType, preview, contentType, title) => {
    const { status, body } = await uploadForm(server, { content, name, type: 'application/x-lies' });
    expect(status).toBe(201);
    expect(body.fileUrl).toBe(body.entity.fileUrl);
    expect(body.entity).toMatchObject({
      type: 'note',
      title,
      fileType,
      preview,
      fileSize: content.byteLength,
      checksum: sha256(content),
    });
    const response = await server.fetch(body.fileUrl);
    expect(response.headers.get('content-type')).toBe(contentType);
    expect(response.headers.get('etag')).toBe(`"${sha256(content)}"`);
    expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), content)).toBe(0);
  });

  test('that is a recording is found by its name where nobody transcribes, and the status says why', async () => {
    const content = Buffer.concat([sampleMedia.wav, Buffer.from('data')]);
    const { body } = await uploadForm(server, { content, name: 'lullaby.wav' });
    const { id } = body.entity;
    const status = await eventually(
      async () => (await server.call('GET', '/api/v1/search/status')).body,
      // There is no index to speak of before the first thing is indexed.
      ({ items: [index] }) => index?.failures.some(({ entityId }: { entityId: string }) => entityId === id) === true,
    );
    expect(status.items[0].failures[0].reason).toMatch(/^No transcriber is configured \(TRANSCRIPTION_MODEL\)/);
    const { items } = (await server.call('GET', '/api/v1/search?q=lullaby')).body;
    expect(items[0].entity.id).toBe(id);
  });

  test('is said more of by what stands behind it in the form, and belongs to what it is attached to', async () => {
    const parent = (await server.call('POST', '/api/v1/projects', { content: 'The house' })).body.entity;
    const { body } = await uploadForm(
      server,
      { content: text('an offer'), name: 'offer.txt' },
      { fields: { title: 'The offer', type: 'page', tags: 'house,money', attachTo: parent.id } },
    );
    expect(body.entity).toMatchObject({ title: 'The offer', type: 'page', tags: ['house', 'money'] });
    const { relations } = (await server.call('GET', `/api/v1/entities/${parent.id}`)).body;
    expect(relations).toMatchObject([{ type: 'contains', sourceId: parent.id, targetId: body.entity.id }]);
    const { items } = (await server.call('GET', `/api/v1/history?limit=1`)).body;
    await server.call('POST', '/api/v1/undo', { correlationId: items[0].correlationId });
    expect((await server.call('GET', `/api/v1/entities/${parent.id}`)).body.relations).toEqual([]);
  });

  test('that is the whole body is named by the query or by its disposition', async () => {
    const content = text('words in a body');
    const byQuery = await uploadBody(server, content, { query: '?name=a%20b.txt&tags=x' });
    expect(byQuery.body.entity).toMatchObject({ title: 'a b', fileType: 'text', tags: ['x'] });
    const byHeader = await uploadBody(server, content, {
      headers: { 'content-disposition': "attachment; filename*=UTF-8''%F0%9F%98%80.txt" },
    });
    expect(byHeader.body.entity.title).toBe('😀');
  });

  test('that is sent again under the same key is kept once, and other content under it is refused', async () => {
    const headers = { 'idempotency-key': 'the-same-file' };
    const file = { content: text('once and for all'), name: 'once.txt' };
    const first = await uploadForm(server, file, { headers });
    const again = await uploadForm(server, file, { headers });
    expect(again.body).toEqual(first.body);
    const other = await uploadForm(server, { ...file, content: text('twice') }, { headers });
    expect(other).toMatchObject({ status: 422, body: { code: 'unprocessable' } });
  });

  test.each([
    ['words in a PDF', 'a.pdf', aPdf({ pages: [['nothing'], ['the quixotic aardvark']] }), 'aardvark'],
    ['words in a page', 'b.html', text('<p>a pangolin</p><script>armadillo()</script>'), 'pangolin'],
    ['a broken PDF’s name', 'okapi.pdf', text('%PDF-1.7\n'), 'okapi'],
    ['a film’s name', 'capybara.mp4', aFilm(100_000), 'capybara'],
    ['the writing in a picture', 'receipt.png', pictureOfWriting, 'invoice'],
  ])('is found by %s', async (_what, name, content, word) => {
    const { body } = await uploadForm(server, { content, name });
    const found = await eventually(
      () => server.call('GET', `/api/v1/search?mode=text&q=${word}`),
      (answer) => answer.body.items.length > 0,
      { timeoutMs: 20_000 },
    );
    expect(found.body.items[0].entity.id).toBe(body.entity.id);
    if (name === 'b.html') {
      expect((await server.call('GET', '/api/v1/search?mode=text&q=armadillo')).body.items).toEqual([]);
    }
  });
});

describe('the content of a film', () => {
  const content = aFilm(2_000_000);
  let url: string;
  beforeAll(async () => {
    url = (await uploadForm(server, { content, name: 'film.mp4' })).body.fileUrl;
  });

  test('is answered in parts', async () => {
    const part = await server.fetch(url, { headers: { range: 'bytes=4-7' } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe('bytes 4-7/2000000');
    expect(await part.text()).toBe('ftyp');
    const end = await server.fetch(url, { headers: { range: 'bytes=-5', 'if-range': `"${sha256(content)}"` } });
    expect({ status: end.status, length: (await end.arrayBuffer()).byteLength }).toEqual({ status: 206, length: 5 });
  });

  test('is answered whole to whoever has a part of other content', async () => {
    const whole = await server.fetch(url, { headers: { range: 'bytes=0-3', 'if-range': '"other"' } });
    expect({ status: whole.status, length: (await whole.arrayBuffer()).byteLength }).toEqual({
      status: 200,
      length: 2_000_000,
    });
  });

  test('has no part beyond its end, and is not sent twice to whoever has it', async () => {
    const beyond = await server.fetch(url, { headers: { range: 'bytes=2000000-' } });
    expect(beyond.status).toBe(416);
    expect(beyond.headers.get('content-range')).toBe('bytes */2000000');
    const known = await server.fetch(url, { headers: { 'if-none-match': `"${sha256(content)}"` } });
    expect(known.status).toBe(304);
    const head = await server.fetch(url, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe('2000000');
  });

  test('gives way to other content, and is still there in its history', async () => {
    const { body } = await uploadForm(server, { content, name: 'film.mp4' });
    const path = body.fileUrl;
    const put = await server.fetch(path, {
      method: 'PUT',
      body: new Uint8Array(sampleMedia.png),
      headers: { 'content-type': 'image/png', 'if-match': `"${body.entity.checksum}"` },
    });
    expect(await put.json()).toMatchObject({ entity: { fileType: 'image', checksum: sha256(sampleMedia.png) } });
    const { items } = (await server.call('GET', `/api/v1/entities/${body.entity.id}/history`)).body;
    const [first] = items.filter(({ contentUrl }: { contentUrl: string | null }) => contentUrl !== null);
    const earlier = await server.fetch(first.contentUrl);
    expect(earlier.headers.get('content-type')).toBe('video/mp4');
    expect(sha256(Buffer.from(await earlier.arrayBuffer()))).toBe(sha256(content));
    expect((await server.fetch(path)).headers.get('content-type')).toBe('image/png');
  });
});

test.each([
  ['a.html', '<!doctype html><script>alert(1)</script>'],
  ['a.png', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
])('what a browser would run in %s is harmless', async (name, content) => {
  const { body } = await uploadForm(server, { content: text(content), name, type: 'image/png' });
  const direct = await server.fetch(body.fileUrl);
  const linked = await server.fetch(`/api/v1/entities/${body.entity.id}/file`);
  for (const { headers } of [direct, linked]) {
    expect(headers.get('content-disposition')).toMatch(/^attachment/);
    expect(headers.get('content-security-policy')).toBe("sandbox; default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  }
});

test('a small file goes over tRPC, and its signed link is good without a key', async () => {
  const headers = { authorization: `Bearer ${server.ownerKey}` };
  const api = createTRPCClient<AppRouter>({ links: [httpLink({ url: `${server.url}/trpc`, headers })] });
  const form = new FormData();
  form.append('file', new File(['over tRPC'], 'rpc.txt'));
  form.append('tags', 'small');
  const { entity } = await api.files.upload.mutate(form);
  expect(entity).toMatchObject({ title: 'rpc', preview: 'over tRPC', tags: ['small'] });
  const { url } = await api.files.signedUrl.query({ id: entity.id });
  expect(await (await fetch(url)).text()).toBe('over tRPC');
});

describe('a direct upload', () => {
  const begin = async (content: Uint8Array, name: string) => {
    const input = { name, sizeBytes: content.byteLength, checksum: sha256(content), tags: ['direct'] };
    const { body } = await server.call('POST', '/api/v1/files/uploads', input);
    return {
      uploadId: body.uploadId,
      send: (sent: Uint8Array) =>
        fetch(body.url, {
          method: body.method,
          headers: { 'content-type': body.headers['content-type'] },
          body: new Uint8Array(sent),
        }),
      complete: () => server.call('POST', '/api/v1/files/uploads/complete', { uploadId: body.uploadId }),
    };
  };

  test.each([
    ['as what it is', 'film.mp4', aFilm(500_000), { fileType: 'video', title: 'film.mp4' }],
    ['under a wrong name', 'film.png', aFilm(500_000, 1), { fileType: 'video', title: 'film.png' }],
    [
      'as a note',
      'note.md',
      text('# Sent directly'),
      { fileType: 'markdown', title: 'note', preview: 'Sent directly' },
    ],
  ])('is recorded %s, once', async (_how, name, content, expected) => {
    const upload = await begin(content, name);
    expect(await upload.complete()).toMatchObject({ status: 422, body: { code: 'unprocessable' } });
    expect((await upload.send(content)).status).toBe(200);
    const first = await upload.complete();
    expect(first).toMatchObject({ status: 201, body: { entity: { ...expected, tags: ['direct'] } } });
    expect((await upload.complete()).body).toEqual(first.body);
    const response = await server.fetch(first.body.fileUrl);
    expect(sha256(Buffer.from(await response.arrayBuffer()))).toBe(sha256(content));
  });

  test('stores nothing but what was announced', async () => {
    const upload = await begin(aFilm(10_000), 'film.mp4');
    expect((await upload.send(aFilm(10_000, 8))).status).toBe(400);
    expect((await upload.send(aFilm(9_000))).status).toBe(400);
    expect((await upload.send(aFilm(11_000))).status).toBe(413);
    expect((await upload.complete()).status).toBe(422);
  });
});
