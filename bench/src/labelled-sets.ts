import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { dataDirectory, readVault } from './vault.ts';

/** One half is for choosing constants, the other is only ever printed; never tune on `heldOut`. */
const halfSchema = z.enum(['tuning', 'heldOut']);

const noteSchema = z.strictObject({
  id: z.string(),
  /** What kind of thing it is: diary, recipe, meeting … */
  kind: z.string(),
  /** ISO 639-1. */
  language: z.string(),
  title: z.string().optional(),
  content: z.string(),
});
const querySchema = z.strictObject({
  query: z.string(),
  kind: z.enum(['paraphrase', 'natural', 'keyword', 'language', 'cross-language', 'unanswerable']),
  language: z.string(),
  /** The ids of the notes that answer it; none of an unanswerable one. */
  expected: z.array(z.string()),
  half: halfSchema,
});
export type LabelledNote = Pick<z.infer<typeof noteSchema>, 'id' | 'title' | 'content'>;
export type LabelledQuery = z.infer<typeof querySchema>;

/** Notes, and questions to them with the notes that answer them. */
export interface LabelledSet {
  readonly name: string;
  readonly notes: readonly LabelledNote[];
  readonly queries: readonly LabelledQuery[];
}

const personalSetSchema = z.strictObject({ notes: z.array(noteSchema), queries: z.array(querySchema) });

/** `data/personal-notes.json`: what one person keeps, in many languages. */
export async function readPersonalNotes(): Promise<z.infer<typeof personalSetSchema> & LabelledSet> {
  const set = personalSetSchema.parse(JSON.parse(await readFile(join(dataDirectory, 'personal-notes.json'), 'utf8')));
  return { name: 'personal notes', ...set };
}

const vaultQuerySchema = z.object({
  query: z.string(),
  kind: querySchema.shape.kind,
  expected: z.array(z.string()),
});

/** `data/vault-search.json`: questions to the notes of the test vault; every second one is held out. */
export async function readVaultSet(): Promise<LabelledSet> {
  const queries = z
    .array(vaultQuerySchema)
    .parse(JSON.parse(await readFile(join(dataDirectory, 'vault-search.json'), 'utf8')));
  const notes = await readVault();
  return {
    name: 'help vault',
    notes: notes.map(({ path, title, content }) => ({ id: path, title, content })),
    queries: queries.map((query, index) => ({
      ...query,
      language: 'en',
      half: index % 2 === 0 ? 'tuning' : 'heldOut',
    })),
  };
}
