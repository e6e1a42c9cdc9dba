import * as z from 'zod';

/*
 * What is answered, as Zod schemas: the document of the API is made of them. They are held to the types that `core`
 * answers by the compiler, and to real answers by the tests. At run time nothing is parsed. It would cost little (a page of
 * 200 things 0.2 ms, of 200 events 0.4 ms), but the answer that is kept under an idempotency key may be that of the release
 * before, and is to be given again as it was, not refused for a field that is new.
 */

/** As JSON sees a type: whether something may be written to makes no difference. */
type Plain<Value> = Value extends string | number | boolean | bigint | null | undefined
  ? Value
  : Value extends readonly (infer Item)[]
    ? Plain<Item>[]
    : { -readonly [Key in keyof Value]: Plain<Value[Key]> };

type IsSame<One, Other> =
  (<Probe>() => Probe extends One ? 1 : 2) extends <Probe>() => Probe extends Other ? 1 : 2 ? true : false;

type SameAs<View, Schema extends z.ZodType> =
  IsSame<Plain<z.output<Schema>>, Plain<View>> extends true ? unknown : 'The schema says something else than the type.';

/** Names a schema of this type, as the document names it; the compiler refuses one that says anything else. */
export function viewOf<View>(): <Schema extends z.ZodType>(
  name: string,
  schema: Schema & SameAs<View, Schema>,
) => Schema {
  return (name, schema) => schema.meta({ id: name });
}

/** The schemas of what procedures answer, by their output parsers. */
const served = new WeakMap<object, z.ZodType>();

/**
 * A procedure's `output`: the compiler holds what it answers to the schema, and the document says the schema. At run time
 * it lets through whatever is answered.
 */
export function answers<Schema extends z.ZodType>(schema: Schema): z.ZodType<z.output<Schema>, z.output<Schema>> {
  const parser = z.custom<z.output<Schema>>();
  served.set(parser, schema);
  return parser;
}

/** The schema that an output parser stands for, if it is one of `answers`. */
export function schemaOfAnswer(parser: object): z.ZodType | undefined {
  return served.get(parser);
}

/** A page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  const nextCursor = z.string().nullable().describe('Send it as `cursor` for the next page; `null` at the end.');
  return z.strictObject({ items: z.array(item), nextCursor });
}
