import * as z from 'zod';
import type { DescribedRoute } from '../openapi/described-route.ts';
import { COMMON_PROBLEMS } from '../openapi/problems.ts';
import { eventView } from '../views/events.ts';
import { feedInput } from './feed-input.ts';

const STREAM = [
  ': listening',
  '',
  'id: 42',
  'event: entity.deleted',
  'data: {"position":"42","type":"entity.deleted","data":{}}',
  '',
  ': heartbeat',
  'id: 42',
  '',
  '',
];

/** `serve-feed.ts` serves it. */
export const describedFeed: DescribedRoute = {
  method: 'GET',
  path: '/api/v1/events/stream',
  operationId: 'events.subscribe',
  tag: 'events',
  summary: 'Streams events as they happen',
  description:
    'Server-sent events; the id of each is its position. Behind `Last-Event-ID` or `after` the stream goes on, without them it begins now. A heartbeat every 15 s moves the id, too. Scope: `read`.',
  query: feedInput,
  headers: z.strictObject({
    'Last-Event-ID': z.string().optional().describe('The id of the last event that was heard.'),
  }),
  example: { after: '0', type: 'entity.created' },
  answers: {
    200: {
      description: 'The stream, which does not end.',
      content: {
        'text/event-stream': {
          schema: z.string().describe('Server-sent events (WHATWG HTML, 9.2).'),
          item: eventView,
          example: STREAM.join('\n'),
        },
      },
    },
  },
  problems: COMMON_PROBLEMS,
};
