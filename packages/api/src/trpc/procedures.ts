import { type BroadScope, EntityId, type EntityType, entityTypeSchema } from '@synap/domain';
import { initTRPC } from '@trpc/server';
import * as z from 'zod';
import { type ProblemStatus, toProblem, toTrpcError } from '../errors/problem.ts';
import { authorize, kindsOf } from '../request/authorize.ts';
import { commandContext, type RequestContext } from '../request/request-context.ts';
import type { Session } from '../request/session.ts';

/** How a procedure is served as REST: derived from the same definition, see `rest/routes.ts`. */
export interface RestRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below `/api/v1`; `:name` is a field of the input. */
  readonly path: `/${string}`;
  /** Of a success; 200 if left out. */
  readonly status?: 200 | 201;
  /** Of a mutation that writes nothing: it needs no `Idempotency-Key`. */
  readonly isRepeatable?: false;
  /** What it does, in a line. */
  readonly summary: string;
  /** What a caller has to know beside that. */
  readonly description?: string;
  /** An input as somebody would write it. */
  readonly example?: Readonly<Record<string, unknown>>;
  /** Problems that do not follow from what it is; see `openapi/problems.ts`. */
  readonly problems?: readonly ProblemStatus[];
}

/** What every procedure says of itself. */
export interface ProcedureMeta {
  readonly rest?: RestRoute;
  /** Which scope opens it; there is no procedure without one. */
  readonly scope?: BroadScope;
  /** It is about all users: only the owner of this installation may. */
  readonly isForOwner?: boolean;
  /** What it is about, where scopes of one kind of thing open it, too. */
  readonly about?: ProcedureSubject;
}

/** The kinds of things that a procedure is about: those that are named here and in its input, all of them. */
export interface ProcedureSubject {
  readonly kind?: EntityType;
  /** Fields of the input that name things. */
  readonly idFields?: readonly string[];
  /** The field of the input that names a kind. */
  readonly typeField?: string;
}

const trpc = initTRPC
  .context<RequestContext>()
  .meta<ProcedureMeta>()
  .create({
    // Streams are kept open by a word now and then, and taken up again by clients that hear none.
    sse: { ping: { enabled: true, intervalMs: 15_000 }, client: { reconnectAfterInactivityMs: 45_000 } },
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

/** Lets in who may, by what the procedure says of itself. */
const authorized = trpc.middleware(async ({ ctx, meta, path, getRawInput, next }) => {
  if (meta?.scope === undefined) throw new Error(`${path} does not say which scope opens it.`);
  const { scope, isForOwner = false, about } = meta;
  const kinds = about === undefined ? {} : { kinds: kindsNamed(ctx, about, getRawInput) };
  const session = await authorize(ctx, { scope, isForOwner, ...kinds });
  return next({ ctx: { ...ctx, session, userId: session.userId, command: commandContext(ctx, session) } });
});

const procedure = trpc.procedure.use(typedErrors).use(authorized);

/** Reads something of the signed-in user. */
export const readProcedure = procedure.meta({ scope: 'read' });

/** Writes something of the signed-in user. */
export const writeProcedure = procedure.meta({ scope: 'write' });

/** Looks after the signed-in user's account. */
export const accountProcedure = procedure.meta({ scope: 'admin' });

/** Looks after the whole store, of every user. */
export const adminProcedure = procedure.meta({ scope: 'admin', isForOwner: true });

/** What is no id of a thing and no kind names nothing: the input's schema refuses it, for those who get that far. */
function kindsNamed(
  context: RequestContext,
  { kind, idFields = [], typeField }: ProcedureSubject,
  getRawInput: () => Promise<unknown>,
): (session: Session) => Promise<readonly EntityType[]> {
  return async (session) => {
    const input = z
      .record(z.string(), z.unknown())
      .catch({})
      .parse(await getRawInput());
    const ids = idFields.map((field) => EntityId.safeParse(input[field]).data).filter((id) => id !== undefined);
    if (ids.length < idFields.length) return [];
    const type = typeField === undefined ? undefined : entityTypeSchema.safeParse(input[typeField]).data;
    const named = [kind, type].filter((each) => each !== undefined);
    return ids.length === 0 ? named : [...named, ...(await kindsOf(context, ids)(session))];
  };
}
