import type * as z from 'zod';
import type { DescribedAnswer, DescribedContent, DescribedRoute } from './described-route.ts';
import { exampleOf } from './example.ts';
import type { JsonSchema, SchemaCollection } from './json-schema.ts';
import { refer } from './shared-parts.ts';

type Reference = { readonly $ref: string };

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: JsonSchema;
  readonly description?: string;
  readonly example?: unknown;
  readonly style?: 'form';
  readonly explode?: boolean;
}

export interface MediaType {
  readonly schema: JsonSchema;
  readonly example: unknown;
  readonly 'x-item-schema'?: JsonSchema;
}

export interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, MediaType>>;
  readonly headers?: Readonly<Record<string, object>>;
}

/** An operation of OpenAPI. */
export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security?: readonly object[];
  readonly parameters: readonly (Parameter | Reference)[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, MediaType>> };
  readonly responses: Readonly<Record<string, Answer | Reference>>;
}

/** A route as an operation; the schemas that it names are added to the collection. */
export function toOperation(route: DescribedRoute, schemas: SchemaCollection): Operation {
  const { operationId, tag, summary, description, isOpen = false, isRepeatable = false, body, problems } = route;
  const answers = Object.entries(route.answers).map(([status, answer]) => [
    status,
    toAnswer(answer, schemas, { isCorrelated: route.path.startsWith('/api/v1/') }),
  ]);
  const refusals = problems
    .filter((status) => route.answers[status] === undefined)
    .map((status) => [status, refer('responses', `Problem${status}`)]);
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined || description === '' ? {} : { description }),
    ...(isOpen ? { security: [] } : {}),
    parameters: [
      ...parametersIn('path', route, schemas),
      ...parametersIn('query', route, schemas),
      ...parametersIn('header', route, schemas),
      ...(isRepeatable ? [refer('parameters', 'IdempotencyKey'), refer('parameters', 'CorrelationId')] : []),
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { required: body.isRequired, content: contentOf(body.content, schemas, 'input') } }),
    responses: Object.fromEntries([...answers, ...refusals]),
  };
}

/** An answer of an operation. */
export function toAnswer(
  { description, content, headers = {} }: DescribedAnswer,
  schemas: SchemaCollection,
  { isCorrelated = false }: { isCorrelated?: boolean } = {},
): Answer {
  const described = Object.entries(headers).map(([name, says]) => [
    name,
    { description: says, schema: { type: 'string' } },
  ]);
  const all = Object.fromEntries([
    ...described,
    ...(isCorrelated ? [['X-Correlation-Id', refer('headers', 'CorrelationId')]] : []),
  ]);
  return {
    description,
    ...(content === undefined ? {} : { content: contentOf(content, schemas, 'output') }),
    ...(Object.keys(all).length === 0 ? {} : { headers: all }),
  };
}

function contentOf(
  content: Readonly<Record<string, DescribedContent>>,
  schemas: SchemaCollection,
  io: 'input' | 'output',
): Record<string, MediaType> {
  return Object.fromEntries(
    Object.entries(content).map(([mediaType, { schema: described, example, item }]) => {
      const schema = schemas.add(described, io);
      const media = { schema, example: example ?? exampleOf(schema, schemas) };
      return [mediaType, item === undefined ? media : { ...media, 'x-item-schema': schemas.add(item, io) }];
    }),
  );
}

const FIELDS = { path: 'pathFields', query: 'query', header: 'headers' } as const;

function parametersIn(
  place: 'path' | 'query' | 'header',
  route: DescribedRoute,
  schemas: SchemaCollection,
): Parameter[] {
  const fields: z.ZodObject | undefined = route[FIELDS[place]];
  if (fields === undefined) return [];
  const { properties = {}, required = [] } = schemas.add(fields, 'input');
  return Object.entries(properties).map(([name, property]) => {
    const { description, examples, ...schema } = typeof property === 'boolean' ? {} : property;
    const example = route.example?.[name] ?? examples?.[0];
    const isRequired = required.includes(name);
    const isList = schema.type === 'array' && place === 'query';
    return {
      name,
      in: place,
      required: isRequired,
      schema,
      ...(description === undefined ? {} : { description }),
      ...(isList ? { style: 'form', explode: false } : {}),
      ...(example === undefined ? (isRequired ? { example: exampleOf(schema, schemas) } : {}) : { example }),
    };
  });
}
