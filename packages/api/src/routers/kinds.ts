import { addPage, createOfType } from '@synap/core';
import { EntityId, type EntityType } from '@synap/domain';
import * as z from 'zod';
import { router, writeProcedure } from '../trpc/procedures.ts';
import { newEntityFields } from './inputs.ts';
import { searchProcedure } from './search.ts';

const { title, tags } = newEntityFields;

/*
 * One router for each kind of thing that a person keeps.
 */

/** Creates a thing of this kind; tasks and events have more to say, see `tasks.ts` and `events.ts`. */
function createProcedure(type: Exclude<EntityType, 'task' | 'event'>) {
  return writeProcedure
    .meta({ rest: { method: 'POST', path: `/${type}s`, status: 201 }, about: { kind: type } })
    .input(z.strictObject(newEntityFields))
    .mutation(async ({ ctx, input }) => {
      const entity = await createOfType(ctx.parts, ctx.command, { ...input, type });
      return { entity, fileUrl: entity.fileUrl };
    });
}

export const notesRouter = router({ create: createProcedure('note'), search: searchProcedure });
export const projectsRouter = router({ create: createProcedure('project') });
export const pagesRouter = router({
  create: createProcedure('page'),

  /** Keeps a web page: its address at once, what is there as soon as it is fetched. */
  fromUrl: writeProcedure
    .meta({ rest: { method: 'POST', path: '/pages/from-url', status: 201 } })
    .input(z.strictObject({ url: z.string().max(2000), title, tags, attachTo: EntityId.optional() }))
    .mutation(async ({ ctx, input }) => {
      const entity = await addPage(ctx.parts, ctx.command, input);
      return { entity, fileUrl: entity.fileUrl };
    }),
});
export const ideasRouter = router({ create: createProcedure('idea') });
