import type { ReadOptions } from './call.ts';
import type { Synap } from './create-synap.ts';

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/**
 * Every item of a list, page by page as they are asked for.
 *
 * @example
 * for await (const entity of everyItem(entities.list, synap, { type: 'note' })) console.log(entity.title);
 */
export async function* everyItem<Input extends { cursor?: string } | undefined, Item>(
  list: (synap: Synap, input: Input, options?: ReadOptions) => Promise<Page<Item>>,
  synap: Synap,
  input: Exclude<Input, undefined>,
  options: ReadOptions = {},
): AsyncGenerator<Item> {
  let page = await list(synap, input, options);
  yield* page.items;
  while (page.nextCursor !== null) {
    page = await list(synap, { ...input, cursor: page.nextCursor }, options);
    yield* page.items;
  }
}
