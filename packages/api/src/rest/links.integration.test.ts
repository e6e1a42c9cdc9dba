import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/test-api.ts';

let store: TestApi;
let user: string;
beforeAll(async () => {
  store = await openTestApi();
  user = await store.addUser();
});
afterAll(() => store.close());

async function call(method: string, path: string, body?: unknown): Promise<Response> {
  const headers = { authorization: `Bearer ${user}`, 'content-type': 'application/json' };
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  return store.api.fetch(new Request(`http://synap.test/api/v1${path}`, init));
}

async function note(title: string, content: string, tags: string[] = []): Promise<string> {
  const { entity } = (await (await call('POST', '/notes', { title, content, tags })).json()) as {
    entity: { id: string };
  };
  return entity.id;
}

test('the graph comes as JSON, Graphviz or Mermaid, and as nothing else', async () => {
  const root = await note('Garden "A"', 'Where things grow.');
  await note('Plan', 'For the [[Garden "A"]].');
  const json = await (await call('GET', `/graph?root=${root}&format=json`)).json();
  expect(json).toMatchObject({ root, isTruncated: false, edges: [{ type: 'mentions', isInContent: true }] });
  const dot = await call('GET', `/graph/drawing?root=${root}&format=dot`);
  expect(dot.headers.get('content-type')).toBe('text/vnd.graphviz; charset=utf-8');
  expect(await dot.text()).toContain('label="Garden \\"A\\""');
  const mermaid = await call('GET', `/graph/drawing?root=${root}&format=mermaid&depth=2&types=mentions&limit=1`);
  expect(mermaid.headers.get('content-type')).toBe('text/vnd.mermaid; charset=utf-8');
  expect(await mermaid.text()).toMatch(/^flowchart LR\n {2}%% There is more/u);
  for (const query of ['format=svg', 'format=dot&depth=9', 'format=dot&limit=0', 'format=mermaid&types=likes']) {
    expect((await call('GET', `/graph/drawing?root=${root}&${query}`)).status).toBe(400);
  }
  const unknown = '01890000-0000-7000-8000-00000000000a';
  expect((await call('GET', `/graph/drawing?root=${unknown}&format=dot`)).status).toBe(404);
  const backlinks = await (await call('GET', `/entities/${root}/backlinks`)).json();
  expect(backlinks).toMatchObject({ items: [{ entity: { title: 'Plan' }, snippet: 'For the Garden "A".' }] });
});

test('tags are listed, renamed, coloured, merged and deleted by their names, with a slash in them, too', async () => {
  await note('One', 'With #text/tag.', ['area/beds', 'old']);
  const answer = async (response: Promise<Response>) => {
    const { status } = await response;
    return { status, body: await (await response).json() };
  };
  const beds = `/tags/${encodeURIComponent('area/beds')}`;
  expect(await answer(call('PATCH', beds, { name: 'area/rows', colour: '#1E90FF' }))).toMatchObject({
    status: 200,
    body: { things: 1, inContent: 0 },
  });
  expect((await answer(call('GET', '/tags?below=area'))).body).toEqual({
    items: [{ name: 'area/rows', count: 1, inContent: 0, colour: '#1e90ff' }],
    nextCursor: null,
  });
  expect((await call('PATCH', beds, {})).status).toBe(400);
  expect((await call('PATCH', beds, { colour: 'blue' })).status).toBe(400);
  expect((await call('PATCH', beds, { name: 'x' })).status).toBe(404);
  expect((await call('POST', '/tags/old/merge', { into: 'area/rows' })).status).toBe(200);
  const inText = `/tags/${encodeURIComponent('text/tag')}`;
  expect(await answer(call('DELETE', inText))).toMatchObject({ status: 422, body: { code: 'unprocessable' } });
  expect((await call('DELETE', '/tags/area?withBelow=true')).status).toBe(200);
  expect((await answer(call('GET', '/tags?below=area'))).body).toEqual({ items: [], nextCursor: null });
});
