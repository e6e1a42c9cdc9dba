import { callTRPCProcedure } from '@trpc/server';
import type { Hono } from 'hono';
import type { ServedRequest } from '../app.ts';
import { parseJsonObject } from '../request/read-body.ts';
import type { AppRouter } from '../routers/router.ts';
import { servedProcedures } from './served-procedures.ts';

/**
 * Serves every procedure whose meta names a REST route: path parameters, query string and JSON body together are its
 * input, its output is the body, and what it throws goes on to the application's error handler.
 *
 * `trpc-to-openapi` does this too, but answers errors in a shape of its own and knows one status for each success;
 * problem documents and 201 are promises of our interface.
 */
export function serveProcedures(app: Hono<ServedRequest>, appRouter: AppRouter): void {
  for (const { path, type, route } of servedProcedures(appRouter)) {
    app.on(route.method, `/api/v1${route.path}`, async (context) => {
      const { request, body } = context.var;
      const input = {
        ...context.req.query(),
        ...parseJsonObject(body),
        ...expectedVersion(context.req.header('if-match')),
        ...context.req.param(),
      };
      const output: unknown = await callTRPCProcedure({
        router: appRouter,
        path,
        type,
        ctx: request,
        getRawInput: () => Promise.resolve(input),
        signal: context.req.raw.signal,
        batchIndex: 0,
      });
      return context.json(output as object, route.status ?? 200);
    });
  }
}

/** `If-Match: "3"` says the same as `expectedVersion: 3`. */
function expectedVersion(ifMatch: string | undefined): { expectedVersion?: string } {
  const version = /^"?(\d{1,9})"?$/.exec(ifMatch ?? '')?.[1];
  return version === undefined ? {} : { expectedVersion: version };
}
