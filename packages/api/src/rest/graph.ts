import { drawGraph, GraphFormat, readGraph } from '@synap/core';
import type { Context, Hono } from 'hono';
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

const GRAPH_PATH = '/api/v1/graph';

/**
 * The graph as text for a drawing program; as JSON it is a procedure like any other. For those who ask for one address and
 * name a `format`, that has both; the document knows each at its own, as clients made of it want one type of an answer.
 */
export function serveGraph(app: Hono<ServedRequest>): void {
  app.get(`${GRAPH_PATH}/drawing`, drawing);
  app.get(GRAPH_PATH, async (context, next) => {
    const { format, ...query } = context.req.query();
    if (format === undefined) return next();
    if (format !== 'json') return drawing(context);
    const { request } = context.var;
    const { userId } = await authorize(request, { scope: 'read' });
    return context.json(await readGraph(request.parts, userId, graphInput.parse(query)));
  });
}

async function drawing(context: Context<ServedRequest>): Promise<Response> {
  const { request } = context.var;
  const { userId } = await authorize(request, { scope: 'read' });
  const { format, ...input } = drawnInput.parse(context.req.query());
  const text = drawGraph(await readGraph(request.parts, userId, input), format);
  return context.body(text, 200, { 'content-type': `${DRAWN_MEDIA_TYPES[format]}; charset=utf-8` });
}
