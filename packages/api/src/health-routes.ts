import * as z from 'zod';
import type { DescribedRoute } from './openapi/described-route.ts';

/** `degraded`: it goes on without something. */
const statusView = z.enum(['ok', 'degraded', 'failed']);
const readinessView = z
  .strictObject({
    status: statusView,
    dependencies: z.record(z.string(), z.strictObject({ status: statusView, detail: z.string() })),
  })
  .meta({
    id: 'Readiness',
    examples: [{ status: 'ok', dependencies: { database: { status: 'ok', detail: 'PostgreSQL 17.5' } } }],
  });
const readiness = { 'application/json': { schema: readinessView } };

/** `health.ts` serves them. */
export const describedHealth: readonly DescribedRoute[] = [
  {
    method: 'GET',
    path: '/health/live',
    operationId: 'health.live',
    tag: 'health',
    summary: 'Says that the process answers',
    isOpen: true,
    answers: {
      200: {
        description: 'It does.',
        content: { 'application/json': { schema: z.strictObject({ status: z.literal('ok') }) } },
      },
    },
    problems: [500],
  },
  {
    method: 'GET',
    path: '/health/ready',
    operationId: 'health.ready',
    tag: 'health',
    summary: 'Says whether each thing that Synap relies on works',
    isOpen: true,
    answers: {
      200: { description: 'All of it does, or what does not can be done without (`degraded`).', content: readiness },
      503: { description: 'Some of it does not.', content: readiness },
    },
    problems: [500],
  },
];
