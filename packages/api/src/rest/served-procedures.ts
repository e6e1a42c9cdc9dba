import * as z from 'zod';
import type { AppRouter } from '../routers/router.ts';
import type { ProcedureMeta, RestRoute } from '../trpc/procedures.ts';

/** A procedure with the REST route that its meta names. */
export interface ServedProcedure {
  readonly path: string;
  readonly type: 'query' | 'mutation';
  readonly route: RestRoute;
  readonly meta: ProcedureMeta;
  readonly input: z.ZodObject;
  readonly output: object | undefined;
}

/** Every procedure with a REST route; one under two names, such as search.query and notes.search, is one route. */
export function servedProcedures(appRouter: AppRouter): ServedProcedure[] {
  const served = new Map<string, ServedProcedure>();
  // tRPC types this record as nested; it is flat, by dotted path.
  const procedures = new Map<string, unknown>(Object.entries(appRouter._def.procedures));
  for (const [path, procedure] of procedures) {
    const { type, meta = {}, inputs, output } = definitionSchema.parse(procedure)._def;
    const route = meta.rest;
    if (route === undefined) continue;
    const [input] = inputs;
    if (!(input instanceof z.ZodObject)) throw new Error(`${path} has a REST route, so its input is to be an object.`);
    served.set(`${route.method} ${route.path}`, { path, type, route, meta, input, output });
  }
  return [...served.values()];
}

interface Definition {
  readonly type: 'query' | 'mutation';
  readonly meta?: ProcedureMeta;
  readonly inputs: readonly unknown[];
  readonly output?: object;
}

/** What tRPC keeps of a procedure at run time, as far as routes need it; procedures are functions. */
const definitionSchema = z.custom<{ _def: Definition }>(
  (procedure) => typeof procedure === 'function' && '_def' in procedure,
);
