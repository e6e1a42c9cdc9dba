import { initTRPC } from '@trpc/server';
import { toProblem, toTrpcError } from '../errors/problem.ts';
import { commandContext, type RequestContext, requireScope } from '../request/request-context.ts';

/** How a procedure is served as REST: derived from the same definition, see `rest/routes.ts`. */
export interface RestRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below `/api/v1`; `:name` is a field of the input. */
  readonly path: `/${string}`;
  /** Of a success; 200 if left out. */
  readonly status?: 200 | 201;
}

const trpc = initTRPC
  .context<RequestContext>()
  .meta<{ rest?: RestRoute }>()
  .create({
    errorFormatter: ({ shape, error }) => {
      const { type: _type, title: _title, detail, status, ...problem } = toProblem(error);
      return { ...shape, message: detail, data: { ...problem, httpStatus: status, path: shape.data.path ?? null } };
    },
  });

export const router = trpc.router;

/** Gives the failures of the domain their status; everything else stays what it is. */
const typedErrors = trpc.middleware(async ({ next }) => {
  const result = await next();
  if (!result.ok) throw toTrpcError(result.error.cause ?? result.error);
  return result;
});

/** Reads something of the signed-in user. */
export const readProcedure = trpc.procedure.use(typedErrors).use(({ ctx, next }) => {
  const { userId } = requireScope(ctx, 'read');
  return next({ ctx: { ...ctx, userId } });
});

/** Looks after the whole store, of every user. */
export const adminProcedure = trpc.procedure.use(typedErrors).use(({ ctx, next }) => {
  const session = requireScope(ctx, 'admin');
  return next({ ctx: { ...ctx, userId: session.userId, command: commandContext(ctx, session) } });
});

/** Writes something of the signed-in user. */
export const writeProcedure = trpc.procedure.use(typedErrors).use(({ ctx, next }) => {
  const session = requireScope(ctx, 'write');
  return next({ ctx: { ...ctx, userId: session.userId, command: commandContext(ctx, session) } });
});
