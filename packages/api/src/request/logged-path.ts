import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';
import * as z from 'zod';
import type { ServedRequest } from '../app.ts';

/** Below these, the first so many segments are names of ours; what follows may open something. */
const NAMED_BELOW = [
  { prefix: '/trpc/', segments: 1 },
  { prefix: '/api/auth/', segments: 2 },
];

/**
 * A request's path as it may be logged: with what is ours and with ids, and without what people wrote (a tag), links and
 * tokens, for who reads the log need not know of those.
 */
export function loggedPath(context: Context<ServedRequest>): string {
  const { path } = context.req;
  const below = NAMED_BELOW.find(({ prefix }) => path.startsWith(prefix));
  if (below !== undefined)
    return path
      .split('/')
      .slice(0, below.prefix.split('/').length - 1 + below.segments)
      .join('/');
  const pattern = matchedRoutes(context).at(-1)?.path ?? '/*';
  const segments = path.split('/');
  return pattern
    .split('/')
    .map((segment, index) => (segment.startsWith(':') ? idOr(segment, segments[index]) : segment))
    .join('/');
}

function idOr(name: string, segment: string | undefined): string {
  const id = z.uuid().safeParse(segment);
  return id.success ? id.data : name;
}
