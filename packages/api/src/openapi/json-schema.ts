import * as z from 'zod';

/** A schema of JSON Schema 2020-12, the dialect of OpenAPI 3.1. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

const DEFINITIONS = '#/$defs/';
const COMPONENTS = '#/components/schemas/';
/** Whoever knows the format needs no pattern for it. */
const FORMATS = new Set(['uuid', 'date-time', 'date']);

/** The schemas of a document: each that has a name stands in it once, and is referred to. */
export class SchemaCollection {
  readonly #named = new Map<string, JsonSchema>();
  readonly #added = { input: new WeakMap<z.ZodType, JsonSchema>(), output: new WeakMap<z.ZodType, JsonSchema>() };

  /** The named ones so far, by name. */
  get named(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#named].sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  /**
   * A Zod schema as a JSON Schema; `input` is what may be sent, `output` what is answered. What is answered may grow, so
   * fields that are not known are no fault there.
   */
  add(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const added = this.#added[io].get(schema) ?? this.#convert(schema, io);
    this.#added[io].set(schema, added);
    return added;
  }

  #convert(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    // A schema that is named itself is a definition only below another.
    const wrapped = z.toJSONSchema(z.strictObject({ it: schema }), {
      io,
      override: ({ jsonSchema, zodSchema }) => tidy(jsonSchema, zodSchema, io),
    });
    for (const [name, definition] of Object.entries(wrapped.$defs ?? {})) this.#name(name, asReferring(definition));
    const { it = {} } = wrapped.properties ?? {};
    return asReferring(it);
  }

  #name(name: string, definition: unknown): void {
    const schema = schemaOf(definition);
    const known = this.#named.get(name);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
      throw new Error(`Two schemas that differ are called ${name}.`);
    }
    this.#named.set(name, schema);
  }

  /** Follows a reference to where it leads. */
  resolve(schema: JsonSchema): JsonSchema {
    const { $ref = '', ...beside } = schema;
    const target = this.#named.get($ref.replace(COMPONENTS, ''));
    return target === undefined ? schema : { ...target, ...beside };
  }
}

function tidy(jsonSchema: JsonSchema, zodSchema: z.core.$ZodType, io: 'input' | 'output'): void {
  if (jsonSchema.format !== undefined && FORMATS.has(jsonSchema.format)) delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (zodSchema._zod.def.type === 'record') delete jsonSchema.propertyNames;
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
}

function asReferring(value: unknown): JsonSchema {
  return schemaOf(
    JSON.parse(JSON.stringify(value), (key, part) =>
      key === '$ref' && typeof part === 'string' ? part.replace(DEFINITIONS, COMPONENTS) : part,
    ),
  );
}

const isSchema = z.custom<JsonSchema>((value) => typeof value === 'object' && value !== null);

function schemaOf(value: unknown): JsonSchema {
  return isSchema.parse(value);
}
