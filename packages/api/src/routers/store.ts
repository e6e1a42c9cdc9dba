import {
  FileHome,
  findTracesOf,
  moveFiles,
  rebuildIndex,
  rebuildStore,
  VerifyScope,
  verifyStore,
  writeCheckpoints,
} from '@synap/core';
import * as z from 'zod';
import { adminProcedure, router } from '../trpc/procedures.ts';

/** A checkpoint of a million streams is a hundred megabytes; it is read whole. */
const CHECKPOINT_MAX_LENGTH = 200_000_000;

const verifyInput = z.strictObject({
  /** All, only the log's digest chains and signed checkpoints, or only the files. */
  scope: z.enum(VerifyScope).default(VerifyScope.all),
  /** A copy of a checkpoint, as text. */
  checkpoint: z.string().max(CHECKPOINT_MAX_LENGTH).optional(),
  /** The key that must have signed it, in base64; left out, this installation's own. */
  publicKey: z.base64().optional(),
});

/** What looks after the whole store. Long work is answered as it goes, message by message. */
export const storeRouter = router({
  verify: adminProcedure.input(verifyInput).mutation(({ ctx, input, signal }) => {
    const { checkpoint, ...request } = input;
    const bytes = checkpoint === undefined ? {} : { checkpoint: new TextEncoder().encode(checkpoint) };
    return verifyStore(ctx.parts, { ...request, ...bytes, signal });
  }),

  rebuild: adminProcedure
    .input(z.strictObject({}))
    .mutation(({ ctx, signal }) => rebuildStore(ctx.parts, signal === undefined ? {} : { signal })),

  /** Makes the search index anew from the files, beside the one that answers. */
  rebuildIndex: adminProcedure
    .input(z.strictObject({}))
    .mutation(({ ctx, signal }) => rebuildIndex(ctx.parts, signal === undefined ? {} : { signal })),

  /** Moves all files to the data directory or to the bucket, while others go on. */
  moveFiles: adminProcedure
    .input(z.strictObject({ to: z.enum(FileHome), isRemovingSource: z.boolean().default(false) }))
    .mutation(({ ctx, input, signal }) => moveFiles(ctx.parts, { ...input, signal })),

  /** Where there are traces of an account that was erased. */
  findTraces: adminProcedure
    .input(z.strictObject({ userId: z.string() }))
    .query(async ({ ctx, input }) => ({ traces: await findTracesOf(ctx.parts, input.userId) })),

  /** Writes a signed checkpoint now, for each user whose log has grown. */
  checkpoint: adminProcedure.input(z.strictObject({})).mutation(async ({ ctx }) => ({
    checkpoints: await writeCheckpoints(ctx.parts),
    publicKey: ctx.parts.signer?.publicKey ?? null,
  })),
});
