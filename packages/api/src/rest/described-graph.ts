import { GraphFormat } from '@synap/core';
import * as z from 'zod';
import type { DescribedRoute } from '../openapi/described-route.ts';
import { COMMON_PROBLEMS } from '../openapi/problems.ts';
import { exampleId } from '../views/things.ts';
import { DRAWN_MEDIA_TYPES, drawnInput } from './graph.ts';

/** `graph.ts` serves it. */
export const describedGraph: DescribedRoute = {
  method: 'GET',
  path: '/api/v1/graph/drawing',
  operationId: 'relations.draw',
  tag: 'relations',
  summary: 'Draws what is linked to a thing',
  description: 'As text for Graphviz or Mermaid. Scope: `read`.',
  query: drawnInput,
  example: { root: exampleId, format: 'mermaid' },
  answers: {
    200: {
      description: 'The drawing.',
      content: {
        [DRAWN_MEDIA_TYPES[GraphFormat.dot]]: {
          schema: z.string().describe('Graphviz DOT.'),
          example: 'digraph synap {\n  n0 -> n1 [label="mentions"];\n}\n',
        },
        [DRAWN_MEDIA_TYPES[GraphFormat.mermaid]]: {
          schema: z.string().describe('Mermaid.'),
          example: 'flowchart LR\n  n0 -->|mentions| n1\n',
        },
      },
    },
  },
  problems: [...COMMON_PROBLEMS, 404],
};
