import type { AccountUsage, ApiKeyView, CreatedApiKey, ErasureReceipt, Usage } from '@synap/core';
import { CorrelationId, scopeSchema, UserId } from '@synap/domain';
import * as z from 'zod';
import { instantView } from './things.ts';
import { viewOf } from './view.ts';

export const apiKeyView = viewOf<ApiKeyView>()(
  'ApiKey',
  z.strictObject({
    id: z.string(),
    name: z.string(),
    prefix: z.string().describe("The key's first letters."),
    scopes: z.array(scopeSchema),
    createdAt: instantView,
    expiresAt: instantView.nullable().describe('`null` is never.'),
    lastUsedAt: instantView.nullable().describe('To the minute.'),
  }),
);

export const createdApiKeyView = viewOf<CreatedApiKey>()(
  'CreatedApiKey',
  z.strictObject({ apiKey: apiKeyView, key: z.string().describe('The key itself, which is shown this once.') }),
);

export const erasureReceiptView = viewOf<ErasureReceipt>()(
  'ErasureReceipt',
  z.strictObject({
    userId: UserId,
    erasedAt: instantView,
    correlationId: CorrelationId,
    stores: z.array(z.strictObject({ store: z.string(), removed: z.int().min(0) })),
  }),
);

export const accountUsageView = viewOf<AccountUsage>()(
  'AccountUsage',
  z.strictObject({
    items: z.int().min(0).describe('Things, in the trash too.'),
    bytes: z.number().min(0).describe('Of the content that they have now.'),
    limits: z.strictObject({
      items: z.number().nullable().describe('`null` is any number.'),
      bytes: z.number().nullable(),
    }),
  }),
);

export const modelUsageView = viewOf<Usage>()(
  'ModelUsage',
  z.strictObject({
    items: z.array(
      z.strictObject({
        day: z.string(),
        model: z.string(),
        calls: z.int().min(0),
        inputTokens: z.int().min(0),
        outputTokens: z.int().min(0),
        audioSeconds: z.number().min(0),
        cost: z.number().nullable().describe('In dollars; `null` where the price is not known.'),
      }),
    ),
    total: z.number().describe('In dollars: all of these days.'),
    today: z.number(),
    dailyBudget: z.number().nullable().describe('What a day may cost; `null` for as much as it does.'),
  }),
);

export const workflowRunView = z
  .strictObject({
    runId: z.string(),
    workflowId: z.string(),
    status: z.enum(['waiting', 'running', 'succeeded', 'failed']),
    error: z.string().nullable().describe('Why it failed.'),
    createdAt: instantView,
    finishedAt: instantView.nullable(),
  })
  .meta({ id: 'WorkflowRun' });
