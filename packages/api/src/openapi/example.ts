import type { JsonSchema, SchemaCollection } from './json-schema.ts';

const OF_FORMATS: Readonly<Record<string, string>> = {
  uuid: '019aa3f2-7c10-7d3e-9d2a-4b6f0e1a2c3d',
  'date-time': '2026-11-24T09:00:00.000Z',
  date: '2026-11-24',
  uri: 'https://example.com/bread',
  email: 'anna@example.com',
};

/**
 * A value that fits the schema: what it gives as an example, or one that is composed of its parts. Of an object it has the
 * fields that are required.
 *
 * @throws if it cannot tell one; then the schema needs an example of its own.
 */
export function exampleOf(schema: JsonSchema, schemas: SchemaCollection): unknown {
  const {
    examples,
    const: constant,
    enum: choices,
    anyOf,
    oneOf,
    default: fallback,
    ...known
  } = schemas.resolve(schema);
  if (examples?.[0] !== undefined) return examples[0];
  if (constant !== undefined) return constant;
  if (fallback !== undefined) return fallback;
  if (choices !== undefined) return choices[0];
  const [first] = anyOf ?? oneOf ?? [];
  if (first !== undefined) return exampleOf(first, schemas);
  return ofType(known, schemas);
}

function ofType(schema: JsonSchema, schemas: SchemaCollection): unknown {
  const { type } = schema;
  switch (Array.isArray(type) ? type[0] : type) {
    case 'object':
      return ofObject(schema, schemas);
    case 'array':
      return schema.items === undefined || Array.isArray(schema.items) ? [] : [ofPart(schema.items, schemas)];
    case 'string':
      return ofString(schema);
    case 'integer':
    case 'number':
      return schema.minimum ?? schema.exclusiveMinimum ?? 1;
    case 'boolean':
      return false;
    case 'null':
      return null;
    default:
      throw new Error(`There is no telling an example of ${JSON.stringify(schema)}. Give it one.`);
  }
}

function ofObject({ properties = {}, required = [], additionalProperties }: JsonSchema, schemas: SchemaCollection) {
  const fields = required.map((name) => [name, ofPart(properties[name] ?? {}, schemas)]);
  const isRecord = fields.length === 0 && typeof additionalProperties === 'object';
  return isRecord ? { name: exampleOf(additionalProperties, schemas) } : Object.fromEntries(fields);
}

function ofPart(part: JsonSchema | boolean, schemas: SchemaCollection): unknown {
  return exampleOf(typeof part === 'boolean' ? {} : part, schemas);
}

function ofString({ format, pattern }: JsonSchema): string {
  if (format !== undefined && OF_FORMATS[format] !== undefined) return OF_FORMATS[format];
  if (pattern === undefined) return 'text';
  const known = ['1', 'a'.repeat(64), 'FREQ=WEEKLY;BYDAY=MO', 'Europe/Berlin', '09:00', 'text'];
  const found = known.find((text) => new RegExp(pattern, 'u').test(text));
  if (found === undefined) throw new Error(`There is no telling an example of ${pattern}. Give it one.`);
  return found;
}
