import type { EntityId } from '@synap/domain';
import type { Graph } from './read-graph.ts';

/** What a graph can be drawn from, beside its JSON: the languages of Graphviz and of Mermaid. */
export const GraphFormat = { dot: 'dot', mermaid: 'mermaid' } as const;
export type GraphFormat = (typeof GraphFormat)[keyof typeof GraphFormat];

const MORE = 'There is more within this depth.';

/** A graph as a drawing program reads it; titles are labels whatever stands in them. */
export function drawGraph(graph: Graph, format: GraphFormat): string {
  return format === GraphFormat.dot ? drawDot(graph) : drawMermaid(graph);
}

/** The DOT language (graphviz.org/doc/info/lang.html): a quoted id has no escapes but `\"`, a label those of escString. */
function drawDot({ root, nodes, edges, isTruncated }: Graph): string {
  const lines = [
    'digraph synap {',
    '  rankdir=LR;',
    '  node [shape=box, style=rounded];',
    ...(isTruncated ? [`  // ${MORE}`] : []),
    ...nodes.map(({ id, title, type }) => {
      const style = id === root ? ', penwidth=2' : '';
      return `  "${id}" [label=${dotString(title)}, tooltip="${type}"${style}];`;
    }),
    ...edges.map(({ sourceId, targetId, type, isInContent }) => {
      const style = isInContent ? ', style=dashed' : '';
      return `  "${sourceId}" -> "${targetId}" [label="${type}"${style}];`;
    }),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function dotString(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

/** Mermaid's flowchart (mermaid.js.org/syntax/flowchart.html): whatever could be syntax in a label is written as its code. */
function drawMermaid({ root, nodes, edges, isTruncated }: Graph): string {
  const names = new Map<EntityId, string>(nodes.map(({ id }, index) => [id, `n${index}`]));
  const lines = [
    'flowchart LR',
    ...(isTruncated ? [`  %% ${MORE}`] : []),
    ...nodes.map(({ id, title }) => `  ${names.get(id)}["${mermaidText(title)}"]`),
    ...edges.map(({ sourceId, targetId, type, isInContent }) => {
      const arrow = isInContent ? '-.->' : '-->';
      return `  ${names.get(sourceId)} ${arrow}|${type}| ${names.get(targetId)}`;
    }),
    `  style ${names.get(root)} stroke-width:3px`,
  ];
  return `${lines.join('\n')}\n`;
}

function mermaidText(text: string): string {
  return text.replace(/[!-~]/g, (character) =>
    /[\w.,:?()'/-]/.test(character) ? character : `#${character.codePointAt(0)};`,
  );
}
