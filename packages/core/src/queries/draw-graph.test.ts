import { spawnSync } from 'node:child_process';
import { EntityId, RelationId } from '@synap/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EntityView } from '../views.ts';
import { drawGraph } from './draw-graph.ts';
import type { Graph } from './read-graph.ts';

const ONE = EntityId.parse('01890000-0000-7000-8000-000000000001');
const TWO = EntityId.parse('01890000-0000-7000-8000-000000000002');

function aGraph(titles: readonly [string, string], isTruncated = false): Graph {
  const now = '2026-11-27T00:00:00.000Z';
  const node = (id: EntityId, title: string): EntityView => ({
    id,
    type: 'note',
    title,
    preview: '',
    fileUrl: null,
    fileSize: null,
    fileType: null,
    checksum: null,
    tags: [],
    task: null,
    event: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
    deletedAt: null,
  });
  const ends = { sourceId: ONE, targetId: TWO, createdAt: now };
  const idOf = (digit: number) => RelationId.parse(`01890000-0000-7000-8000-0000000000f${digit}`);
  return {
    root: ONE,
    nodes: [node(ONE, titles[0]), node(TWO, titles[1])],
    edges: [
      { id: idOf(1), type: 'contains', isInContent: false, ...ends },
      { id: idOf(2), type: 'mentions', isInContent: true, ...ends },
    ],
    isTruncated,
  };
}

test('a graph in the language of Graphviz', () => {
  expect(drawGraph(aGraph(['Say "hi" \\', 'B'], true), 'dot')).toBe(`digraph synap {
  rankdir=LR;
  node [shape=box, style=rounded];
  // There is more within this depth.
  "${ONE}" [label="Say \\"hi\\" \\\\", tooltip="note", penwidth=2];
  "${TWO}" [label="B", tooltip="note"];
  "${ONE}" -> "${TWO}" [label="contains"];
  "${ONE}" -> "${TWO}" [label="mentions", style=dashed];
}
`);
});

test('a graph in the language of Mermaid', () => {
  expect(drawGraph(aGraph(['Say "hi"', 'a]; <b> #1']), 'mermaid')).toBe(`flowchart LR
  n0["Say #34;hi#34;"]
  n1["a#93;#59; #60;b#62; #35;1"]
  n0 -->|contains| n1
  n0 -.->|mentions| n1
  style n0 stroke-width:3px
`);
});

const aTitle = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
  fc.string({ unit: fc.constantFrom('"', '\\', '#', ';', '<', '>', '`', ']', '%', 'end', '\u2028'), minLength: 1 }),
);

test('whatever a title is, it is one label, and reads as it is', () => {
  fc.assert(
    fc.property(aTitle, aTitle, (first, second) => {
      const graph = aGraph([first, second]);
      const dot = drawGraph(graph, 'dot').split('\n');
      expect(dot).toHaveLength(9);
      const labels = [dot[3], dot[4]].map((line) =>
        /^ {2}"[^"]+" \[label="((?:[^"\\]|\\.)*)", tooltip/su.exec(line ?? ''),
      );
      expect(labels.map((label) => label?.[1]?.replace(/\\(.)/gsu, '$1'))).toEqual([first, second]);
      const mermaid = drawGraph(graph, 'mermaid').split('\n');
      expect(mermaid).toHaveLength(7);
      const texts = [mermaid[1], mermaid[2]].map((line) => /^ {2}n\d\["([^"<>`[\]{}]*)"\]$/u.exec(line ?? '')?.[1]);
      const read = texts.map((text) => text?.replace(/#(\d+);/gu, (_, code) => String.fromCodePoint(Number(code))));
      expect(read).toEqual([first, second]);
    }),
  );
});

const hasGraphviz = spawnSync('dot', ['-V']).status === 0;

test
  .skipIf(!hasGraphviz)
  .each([
    'Say "hi"',
    'back\\slash \\N \\G \\l \\n',
    '<b>bold</b> & <br/>',
    '{a|b} -> [c]; // no',
    'Tee & Käse: 東京 🌱',
    '\\',
  ])('Graphviz itself shows the title %j as it is (where it is installed)', (title) => {
  const { status, stdout, stderr } = spawnSync('dot', ['-Tsvg'], { input: drawGraph(aGraph([title, 'B']), 'dot') });
  expect({ status, complaints: String(stderr) }).toMatchObject({ status: 0 });
  const texts = [...String(stdout).matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => decoded(text));
  expect(texts.sort()).toEqual([title, 'B', 'contains', 'mentions'].sort());
});

/** What stands in SVG for a character, as that character. */
function decoded(text: string): string {
  const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
  return text.replace(/&(?:#(\d+)|(\w+));/g, (_, code, name) =>
    code === undefined ? (named[name] ?? '') : String.fromCodePoint(Number(code)),
  );
}
