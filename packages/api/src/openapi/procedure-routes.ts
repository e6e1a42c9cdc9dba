import * as z from 'zod';
import { type ServedProcedure, servedProcedures } from '../rest/served-procedures.ts';
import type { AppRouter } from '../routers/router.ts';
import { schemaOfAnswer } from '../views/view.ts';
import type { DescribedRoute } from './described-route.ts';
import { problemsOf } from './problems.ts';

/** Every procedure that is served as REST, as a route. */
export function describeProcedures(appRouter: AppRouter): DescribedRoute[] {
  return servedProcedures(appRouter).map(describeProcedure);
}

/**
 * The input is split as `rest/routes.ts` puts it together: what the path names, the query string where there is no body, and
 * the body. A `DELETE` says what it has to say in the query string, since proxies drop its body.
 */
function describeProcedure(procedure: ServedProcedure): DescribedRoute {
  const { path, type, route, input, output, meta } = procedure;
  const { method, summary, description, example = {}, status = 200, problems } = route;
  const { shape } = input;
  const names = Object.keys(shape);
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  const rest = names.filter((name) => !inPath.includes(name));
  const hasBody = method !== 'GET' && method !== 'DELETE' && rest.length > 0;
  const isWrite = type === 'mutation';
  const answer = output === undefined ? undefined : schemaOfAnswer(output);
  if (answer === undefined) throw new Error(`${path} does not say what it answers: give it .output(answers(…)).`);
  const namesThings = inPath.length > 0 || meta.about?.idFields !== undefined;
  const bodyExample = Object.fromEntries(Object.entries(example).filter(([name]) => !inPath.includes(name)));
  return {
    method,
    path: `/api/v1${route.path}`,
    operationId: path,
    tag: path.split('.')[0] ?? path,
    summary,
    description: [description, whoMay(meta)].filter((part) => part !== undefined).join(' '),
    isRepeatable: isWrite && route.isRepeatable !== false,
    pathFields: fieldsOf(shape, inPath),
    ...(hasBody ? {} : { query: fieldsOf(shape, rest) }),
    ...(names.includes('expectedVersion') ? { headers: ifMatch } : {}),
    ...(hasBody ? { body: jsonBody(fieldsOf(shape, rest), bodyExample) } : {}),
    example,
    answers: { [status]: { description: summary, content: { 'application/json': { schema: answer } } } },
    problems: problemsOf({ isWrite, namesThings, hasContent: names.includes('content'), more: problems }),
  };
}

const ifMatch = z.strictObject({
  'If-Match': z
    .string()
    .regex(/^"?\d{1,9}"?$/)
    .optional()
    .meta({ description: 'The version that the caller has seen, instead of `expectedVersion`.', examples: ['"2"'] }),
});

function jsonBody(schema: z.ZodObject, example: Record<string, unknown>): NonNullable<DescribedRoute['body']> {
  // Of the schemas only what they make of nothing tells whether there has to be something.
  const isRequired = !schema.safeParse({}).success;
  return { isRequired, content: { 'application/json': { schema, example } } };
}

function fieldsOf(shape: z.ZodRawShape, names: readonly string[]): z.ZodObject {
  return z.strictObject(Object.fromEntries(Object.entries(shape).filter(([name]) => names.includes(name))));
}

function whoMay({ scope, isForOwner = false, about }: ServedProcedure['meta']): string {
  const ofKind = about === undefined ? '' : ', or that of the kind of thing';
  return isForOwner ? 'For the owner, with the scope `admin`.' : `Scope: \`${scope}\`${ofKind}.`;
}
