import * as z from 'zod';

/** What is left of the data of an event that was erased: the SHA-256 of its canonical JSON (RFC 8785). */
const erasedDataSchema = z.strictObject({ erased: z.string().regex(/^[0-9a-f]{64}$/) });

/**
 * An event whose data was erased: that it happened is known, not what it said. Only ever read; the log has no other way
 * to come to hold one than a purge.
 */
export interface ErasedDelta {
  readonly type: 'event.erased';
  readonly data: { readonly erased: string; readonly eventType: string };
}

/** The event as erased, if that is what its data says; else `null`. */
export function parseErased(eventType: string, data: unknown): ErasedDelta | null {
  // Almost no event is: a schema that fails takes longer than all else that is done to read one.
  if (typeof data !== 'object' || data === null || !('erased' in data)) return null;
  const { data: parsed } = erasedDataSchema.safeParse(data);
  return parsed === undefined ? null : { type: 'event.erased', data: { erased: parsed.erased, eventType } };
}
