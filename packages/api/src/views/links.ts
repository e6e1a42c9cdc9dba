import type { Backlink, ChangedTag, TagView } from '@synap/core';
import { CorrelationId, relationTypeSchema } from '@synap/domain';
import * as z from 'zod';
import { entityView } from './things.ts';
import { pageOf, viewOf } from './view.ts';

const countView = z.int().min(0);

export const tagView = viewOf<TagView>()(
  'Tag',
  z
    .strictObject({
      name: z.string(),
      count: countView.describe('How many things carry it.'),
      inContent: countView.describe('In how many of their texts it stands.'),
      colour: z.string().nullable().describe('As `#1e90ff`; `null` for none of its own.'),
    })
    .meta({ examples: [{ name: 'baking', count: 3, inContent: 1, colour: null }] }),
);

export const changedTagView = viewOf<ChangedTag>()(
  'ChangedTag',
  z.strictObject({
    things: countView.describe('How many things were changed.'),
    inContent: countView.describe('In how many texts it stands still: those are for their writer to change.'),
    correlationId: CorrelationId.describe('Undoes it.'),
  }),
);

const backlinkView = viewOf<Backlink>()(
  'Backlink',
  z.strictObject({
    entity: entityView.describe('What links to it.'),
    types: z.array(relationTypeSchema).describe('Of what kinds the links are.'),
    isInContent: z.boolean().describe('A link stands in its text.'),
    snippet: z
      .string()
      .nullable()
      .describe('The words around that link; `null` where none stands in the text, or it cannot be read.'),
  }),
);

export const backlinksView = pageOf(backlinkView)
  .extend({ isTruncated: z.boolean().describe('There are more links in texts than are looked up at once.') })
  .meta({ id: 'Backlinks' });

export const unresolvedLinkView = z
  .strictObject({
    name: z.string().describe('As it is written in one of the texts.'),
    count: countView.describe('In how many texts it stands.'),
  })
  .meta({ id: 'UnresolvedLink', examples: [{ name: 'Rye bread', count: 2 }] });
