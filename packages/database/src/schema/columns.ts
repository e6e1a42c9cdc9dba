import { customType } from 'drizzle-orm/pg-core';

/** Raw bytes. */
export const bytea = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });

/** Lexemes of a text, for full-text search. */
export const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' });

/**
 * A vector of a model's own dimension: pgvector's type of half precision, without a fixed length. It takes half the room
 * of full precision and finds the same (docs/benchmarks.md), and small enough to lie within its row, it is read five
 * times as fast.
 */
export const embedding = customType<{ data: Float32Array; driverData: string }>({
  dataType: () => 'halfvec',
  toDriver: (vector) => `[${vector.join(',')}]`,
  fromDriver: (text) => Float32Array.from(JSON.parse(text) as number[]),
});
