import { addPage, createOfType } from '@synap/core';
import { EntityId } from '@synap/domain';
import * as z from 'zod';
import { router, writeProcedure } from '../trpc/procedures.ts';
import { createdAnswer } from '../views/things.ts';
import { answers } from '../views/view.ts';
import { newEntityFields } from './inputs.ts';
import { searchProcedure } from './search.ts';

const { title, tags } = newEntityFields;

/*
 * One router for each kind of thing that a person keeps.
 */

const ARTICLES = { note: 'a', project: 'a', page: 'a', idea: 'an' } as const;
const EXAMPLES = {
  note: '# Sourdough\n\nFeed the starter the evening before.',
  project: '# Learn to bake',
  page: 'https://example.com/bread',
  idea: 'A shop for old bread',
} as const;

/** Creates a thing of this kind; others have more to say, see `tasks.ts` and `events.ts`. */
function createProcedure(type: keyof typeof ARTICLES) {
  return writeProcedure
    .meta({
      rest: {
        method: 'POST',
        path: `/${type}s`,
        status: 201,
        summary: `Creates ${ARTICLES[type]} ${type}`,
        example: { content: EXAMPLES[type], tags: ['baking'] },
      },
      about: { kind: type },
    })
    .input(z.strictObject(newEntityFields))
    .output(answers(createdAnswer))
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
    .meta({
      rest: {
        method: 'POST',
        path: '/pages/from-url',
        status: 201,
        summary: 'Keeps a web page',
        description: 'Its address at once, what is there as soon as it is fetched.',
        example: { url: 'https://example.com/bread', tags: ['baking'] },
        problems: [404],
      },
    })
    .input(z.strictObject({ url: z.string().max(2000), title, tags, attachTo: EntityId.optional() }))
    .output(answers(createdAnswer))
    .mutation(async ({ ctx, input }) => {
      const entity = await addPage(ctx.parts, ctx.command, input);
      return { entity, fileUrl: entity.fileUrl };
    }),
});
export const ideasRouter = router({ create: createProcedure('idea') });
