import * as z from 'zod';
import { storableTextSchema } from '../vocabulary.ts';
import { defineEvent } from './define-event.ts';
import { checksumSchema } from './entity-events.ts';

/** An absolute URL as a browser writes it. */
const webAddressSchema = storableTextSchema.max(8000).regex(/^https?:\/\//);

/** Asks for a web page to be fetched; `checksum` is that of the content which the page is to replace. */
export const pageFetchRequested = defineEvent({
  name: 'page.fetch_requested',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ url: webAddressSchema, checksum: checksumSchema }),
});

/** Where the content that came with it is from, and since when it is so. */
export const pageFetched = defineEvent({
  name: 'page.fetched',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({
    url: webAddressSchema,
    /** Where redirects led. */
    finalUrl: webAddressSchema,
    fetchedAt: z.iso.datetime(),
    /** Of what was fetched, as it came; that too is a revision of the content. */
    checksum: checksumSchema,
  }),
});

/** The page could not be fetched, and it was given up; the reason is a sentence for a person. */
export const pageFetchFailed = defineEvent({
  name: 'page.fetch_failed',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ url: webAddressSchema, reason: storableTextSchema.max(1000) }),
});
