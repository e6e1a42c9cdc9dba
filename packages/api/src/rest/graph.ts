import { drawGraph, GraphFormat, readGraph } from '@synap/core';
import type { Hono } from 'hono';
import * as z from 'zod';
import type { ServedRequest } from '../app.ts';
import { authorize } from '../request/authorize.ts';
import { graphInput } from '../routers/relations.ts';

/** RFC 6838 names for both are registered with IANA. */
export const DRAWN_MEDIA_TYPES = {
  [GraphFormat.dot]: 'text/vnd.graphviz',
  [GraphFormat.mermaid]: 'text/vnd.mermaid',
} as const;

export const drawnInput = graphInput.extend({
  format: z.enum(GraphFormat).describe('Graphviz DOT, or Mermaid.'),
});

/** The graph as text for a drawing program; as JSON it is a procedure like any other. */
export function serveGraph(app: Hono<ServedRequest>): void {
  app.get('/api/v1/graph/drawing', async (context) => {
    const { request } = context.var;
    const { userId } = await authorize(request, { scope: 'read' });
    const { format, ...input } = drawnInput.parse(context.req.query());
    const text = drawGraph(await readGraph(request.parts, userId, input), format);
    return context.body(text, 200, { 'content-type': `${DRAWN_MEDIA_TYPES[format]}; charset=utf-8` });
  });
}
