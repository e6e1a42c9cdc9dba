import { expect, test } from 'vitest';
import * as z from 'zod';
import { answers, schemaOfAnswer, viewOf } from './view.ts';

interface Loaf {
  readonly name: string;
  readonly slices: number | null;
  readonly tags: readonly string[];
  readonly eatenBy?: string;
}

const fields = { name: z.string(), slices: z.number().nullable(), tags: z.array(z.string()) };
const loaf = viewOf<Loaf>()('Loaf', z.strictObject({ ...fields, eatenBy: z.string().exactOptional() }));

test('the compiler holds a schema to its type', () => {
  const view = viewOf<Loaf>();
  // @ts-expect-error a field is missing
  view('Loaf', z.strictObject(fields));
  // @ts-expect-error a field is too much
  view('Loaf', z.strictObject({ ...fields, eatenBy: z.string().exactOptional(), weight: z.number() }));
  // @ts-expect-error a field is not always there
  view('Loaf', z.strictObject({ ...fields, eatenBy: z.string() }));
  // @ts-expect-error a field is never null
  view('Loaf', z.strictObject({ ...fields, slices: z.number(), eatenBy: z.string().exactOptional() }));
  expect(loaf.meta()?.id).toBe('Loaf');
});

test('what is answered is let through as it is, and the schema is known', () => {
  const parser = answers(loaf);
  const older = { name: 'Rye' };
  expect(parser.parse(older)).toBe(older);
  expect(schemaOfAnswer(parser)).toBe(loaf);
  expect(schemaOfAnswer(loaf)).toBeUndefined();
});
