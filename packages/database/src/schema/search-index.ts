import { sql } from 'drizzle-orm';
import {
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { embedding, tsvector } from './columns.ts';
import { entities } from './projections.ts';

/*
 * What is made from files to find them again. All of it can be dropped and made anew, which is what a new generation
 * is: one making of the whole index, with one model. Vectors are compared within a generation only.
 */

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

/** The makings of the index: the one that answers, and the one that is being filled to take its place. */
export const searchGenerations = pgTable(
  'search_generations',
  {
    id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
    model: text('model').notNull(),
    /** Of the model's vectors; null until the first is stored. */
    dimensions: integer('dimensions'),
    /** How rows were made of content; one of an older recipe is to be replaced. */
    recipe: integer('recipe').notNull(),
    /** Where its vectors are: in the rows of the chunks, or in a store of their own, by its name. */
    vectorStore: text('vector_store').notNull().default('rows'),
    status: text('status').$type<'building' | 'live' | 'retired'>().notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('search_generations_live_unique').on(table.status).where(sql`${table.status} = 'live'`),
    uniqueIndex('search_generations_building_unique').on(table.status).where(sql`${table.status} = 'building'`),
    check('search_generations_status_check', sql`${table.status} in ('building', 'live', 'retired')`),
  ],
);

const chunkColumns = {
  userId: uuid('user_id').notNull(),
  entityId: uuid('entity_id').notNull(),
  generation: integer('generation').notNull(),
  chunkIndex: integer('chunk_index').notNull(),
  /** Of the revision that the offsets refer to. */
  checksum: text('checksum').notNull(),
  /** Sixteen hexadecimal digits that stand for the title it was indexed under. */
  titleDigest: text('title_digest').notNull(),
  /** The entity's version that was indexed: an older one never replaces a newer one. */
  entityVersion: integer('entity_version').notNull(),
  /** Byte offsets into the UTF-8 file, the end exclusive. */
  startOffset: integer('start_offset').notNull(),
  endOffset: integer('end_offset').notNull(),
  /** The text-search configuration that its lexemes were made with. */
  language: text('language').notNull(),
  /** Null where vectors lie in a store of their own. */
  embedding: embedding('embedding'),
  lexemes: tsvector('lexemes').notNull(),
  /** Of the title; of the first chunk only. */
  titleLexemes: tsvector('title_lexemes'),
};

/** One row per chunk of present content: where it lies in the file, what it means, which words it has; never the text. */
export const entityVectors = pgTable('entity_vectors', chunkColumns, (table) => [
  primaryKey({ columns: [table.entityId, table.generation, table.chunkIndex] }),
  foreignKey({ columns: [table.userId, table.entityId], foreignColumns: [entities.userId, entities.id] }).onDelete(
    'cascade',
  ),
  index('entity_vectors_user_id_generation_language_index').on(table.userId, table.generation, table.language),
  // Without a list of what is still to be put in, which every search would read through; nothing empties it in the
  // embedded database until it is 4 MB.
  index('entity_vectors_lexemes_index').using('gin', table.lexemes).with({ fastupdate: false }),
  index('entity_vectors_title_lexemes_index').using('gin', table.titleLexemes).with({ fastupdate: false }),
]);

/** The same of earlier revisions, for reading the past: they are in nobody's way when the present is searched. */
export const pastVectors = pgTable('past_vectors', chunkColumns, (table) => [
  primaryKey({
    name: 'past_vectors_pk',
    columns: [table.entityId, table.generation, table.checksum, table.titleDigest, table.chunkIndex],
  }),
  foreignKey({ columns: [table.userId, table.entityId], foreignColumns: [entities.userId, entities.id] }).onDelete(
    'cascade',
  ),
  index('past_vectors_user_id_generation_index').on(table.userId, table.generation),
]);

/** Content that could not be indexed, and why; gone as soon as it could. */
export const indexingFailures = pgTable(
  'indexing_failures',
  {
    userId: uuid('user_id').notNull(),
    entityId: uuid('entity_id').notNull(),
    generation: integer('generation').notNull(),
    reason: text('reason').notNull(),
    failedAt: instant('failed_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.entityId, table.generation] }),
    foreignKey({ columns: [table.userId, table.entityId], foreignColumns: [entities.userId, entities.id] }).onDelete(
      'cascade',
    ),
    index('indexing_failures_user_id_index').on(table.userId),
  ],
);
