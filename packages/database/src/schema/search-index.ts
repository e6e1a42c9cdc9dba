import { foreignKey, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { embedding, tsvector } from './columns.ts';
import { entities } from './projections.ts';

/**
 * One row per chunk of content and model: where it lies in the file, what it means, which words it has; never the text.
 * Made from files: it can be dropped and made again.
 */
export const entityVectors = pgTable(
  'entity_vectors',
  {
    userId: uuid('user_id').notNull(),
    entityId: uuid('entity_id').notNull(),
    model: text('model').notNull(),
    chunkIndex: integer('chunk_index').notNull(),
    /** Of the revision that the offsets refer to. */
    checksum: text('checksum').notNull(),
    /** The entity's version that was indexed: an older one never replaces a newer one. */
    entityVersion: integer('entity_version').notNull(),
    /** Byte offsets into the UTF-8 file, the end exclusive. */
    startOffset: integer('start_offset').notNull(),
    endOffset: integer('end_offset').notNull(),
    embedding: embedding('embedding').notNull(),
    lexemes: tsvector('lexemes').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.entityId, table.model, table.chunkIndex] }),
    foreignKey({ columns: [table.userId, table.entityId], foreignColumns: [entities.userId, entities.id] }).onDelete(
      'cascade',
    ),
    index('entity_vectors_user_id_model_index').on(table.userId, table.model),
    index('entity_vectors_lexemes_index').using('gin', table.lexemes),
  ],
);
