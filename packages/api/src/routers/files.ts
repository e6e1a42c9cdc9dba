import { completeUpload, createUpload, heldTo, signContent, uploadFile } from '@synap/core';
import { EntityId, ValidationFailed } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
import { createdAnswer, directUploadView, exampleChecksum } from '../views/things.ts';
import { answers } from '../views/view.ts';
import { announcedChecksumSchema, fileNameSchema, revisionFields, uploadFields } from './inputs.ts';

const formInput = z.strictObject({ ...uploadFields, checksum: announcedChecksumSchema.optional() });

export const filesRouter = router({
  /**
   * A small file, in a form: `file`, and what is said of it. It is read whole, so the body limit bounds it; larger files
   * go to `POST /api/v1/files`, which takes any size, or are sent directly, see `createUpload`.
   */
  upload: writeProcedure.input(z.instanceof(FormData)).mutation(async ({ ctx, input }) => {
    const { file, ...fields } = Object.fromEntries(input);
    if (!(file instanceof File)) throw new ValidationFailed([{ field: 'file', message: 'a file' }]);
    const { checksum, ...details } = formInput.parse(fields);
    const entity = await uploadFile(ctx.parts, ctx.command, {
      fileName: file.name,
      announcedType: file.type,
      content: heldTo(partsOf(file), () => ({ checksum })),
      details: () => details,
    });
    return { entity, fileUrl: entity.fileUrl };
  }),

  /** Says how a file is sent into the store directly, whatever its size. */
  createUpload: writeProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/files/uploads',
        status: 201,
        isRepeatable: false,
        summary: 'Says how a file is sent into the store directly',
        description: 'Send the file as the answer says, within an hour, then complete it.',
        example: { name: 'scan.pdf', sizeBytes: 18234, checksum: exampleChecksum },
        problems: [404],
      },
    })
    .input(
      z.strictObject({
        ...uploadFields,
        name: fileNameSchema,
        sizeBytes: z.int().min(1),
        checksum: announcedChecksumSchema,
      }),
    )
    .output(answers(directUploadView))
    .mutation(async ({ ctx, input }) => {
      const upload = await createUpload(ctx.parts, ctx.command, input);
      return { ...upload, url: new URL(upload.url, ctx.origin).href };
    }),

  /** Records a file that was sent directly. To repeat it is harmless. */
  completeUpload: writeProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/files/uploads/complete',
        status: 201,
        summary: 'Records a file that was sent directly',
        description: 'To repeat it is harmless.',
        example: { uploadId: 'v1.k3q0…' },
        problems: [404, 415],
      },
    })
    .input(z.strictObject({ uploadId: z.string().min(1).max(50_000) }))
    .output(answers(createdAnswer))
    .mutation(async ({ ctx, input }) => {
      const entity = await completeUpload(ctx.parts, ctx.command, input);
      return { entity, fileUrl: entity.fileUrl };
    }),

  /** A link by which anybody reads the content for an hour; as REST, `GET /entities/:id/file` leads there. */
  signedUrl: readProcedure
    .meta({ about: { idFields: ['id'] } })
    .input(z.strictObject({ id: EntityId, ...revisionFields }))
    .query(async ({ ctx, input }) => {
      const link = await signContent(ctx.parts, ctx.userId, input);
      return { ...link, url: new URL(link.url, ctx.origin).href };
    }),
});

async function* partsOf(file: File): AsyncGenerator<Uint8Array> {
  for await (const part of file.stream()) yield part;
}
