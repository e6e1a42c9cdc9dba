import * as z from 'zod';
import type { DescribedRoute } from '../openapi/described-route.ts';
import { COMMON_PROBLEMS } from '../openapi/problems.ts';
import { askInput } from '../routers/ai.ts';
import { askMessageView, wholeAnswerView } from '../views/search.ts';

const LINES = [
  '{"type":"searching","question":"When is the starter fed?"}',
  '{"type":"citation","number":1,"entityId":"019aa3f2-7c10-7d3e-9d2a-4b6f0e1a2c3d","title":"Sourdough","version":2,"checksum":"9f86…","start":13,"end":49,"quote":"Feed the starter the evening before."}',
  '{"type":"text","text":"Feed the starter the evening before.","citations":[1]}',
  '{"type":"done","kind":"extractive","model":"extractive-1"}',
  '',
];

/** `ask.ts` serves it. */
export const describedAsk: DescribedRoute = {
  method: 'POST',
  path: '/api/v1/ask',
  operationId: 'ai.ask',
  tag: 'ai',
  summary: 'Answers a question from the notes, with citations',
  description:
    'One JSON object a line as they come, or one document with `Accept: application/json`. A failure after the first line is a last line `{"type":"error","problem"}`. Scope: `read`.',
  body: {
    isRequired: true,
    content: { 'application/json': { schema: askInput, example: { question: 'When is the starter fed?' } } },
  },
  answers: {
    200: {
      description: 'The answer, or that there is none.',
      content: {
        'application/x-ndjson': {
          schema: z.string().describe('Lines of JSON.'),
          item: askMessageView,
          example: LINES.join('\n'),
        },
        'application/json': { schema: wholeAnswerView },
      },
    },
  },
  problems: [...COMMON_PROBLEMS, 413],
};
