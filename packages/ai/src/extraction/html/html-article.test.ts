import { expect, test } from 'vitest';
import { htmlArticle } from './html-article.ts';

const read = (html: string, maxTextLength = 100_000) =>
  htmlArticle(html, { url: 'https://pond.example/birds/heron.html', maxTextLength });
const SENTENCES = 'The heron stands in shallow water, and waits for the fish to come near, for as long as it takes. '
  .repeat(5)
  .trim();

test('of a page with an article the article is kept, as Markdown, with links that lead there from anywhere', () => {
  const page = `<!doctype html><html><head><title>Herons</title></head><body><nav><a href="/shop">Shop</a></nav>
    <article><p>${SENTENCES} Its prey is <a href="fish.html">fish</a>, <a href="javascript:alert(1)">frogs</a>.</p>
    <h2>Sizes</h2><table><thead><tr><th>what</th><th>cm</th></tr></thead><tbody><tr><td>heron</td><td>90</td></tr></tbody></table>
    <pre><code>stand(still);</code></pre><p>${SENTENCES}</p><img src="data:image/png;base64,AAAA"></article>
    <footer>Imprint</footer><script>alert('x')</script></body></html>`;
  const { text, title } = read(page);
  expect(title).toBe('Herons');
  expect(text).toContain('Its prey is [fish](https://pond.example/birds/fish.html), frogs.');
  expect(text).toMatch(/## Sizes\n\n\| what \| cm {1,3}\|\n\| --- \| --- \|\n\| heron \| 90 {2}\|/);
  expect(text).toContain('```\nstand(still);\n```');
  for (const left of ['Shop', 'Imprint', 'alert', 'data:', '<']) expect(text).not.toContain(left);
});

test('of a page without an article everything that is read is kept', () => {
  expect(read('<p>Open <a href="/">daily</a></p><script>x</script>')).toMatchObject({
    text: 'Open [daily](https://pond.example/)',
    title: null,
  });
  expect(read('<html><head><title>Empty</title></head></html>')).toMatchObject({ text: '', title: 'Empty' });
  expect(read('words alone')).toMatchObject({ text: 'words alone' });
});

test('a page that is built to be read for ever is none to read', () => {
  for (const page of ['<div>'.repeat(100_000), '<p>a</p>'.repeat(200_000)]) {
    expect(read(page)).toMatchObject({ text: null, problem: { reason: 'too_complex' } });
  }
});
