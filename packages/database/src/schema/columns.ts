import { customType } from 'drizzle-orm/pg-core';

/** Raw bytes. */
export const bytea = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });

/** Lexemes of a text, for full-text search. */
export const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' });

/** A vector of a model's own dimension: pgvector's type without a fixed length. */
export const embedding = customType<{ data: Float32Array; driverData: string }>({
  dataType: () => 'vector',
  toDriver: (vector) => `[${vector.join(',')}]`,
  fromDriver: (text) => Float32Array.from(JSON.parse(text) as number[]),
});
