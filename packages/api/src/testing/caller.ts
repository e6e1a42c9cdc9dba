import { rebuildStore, verifyStore } from '@synap/core';
import { expect } from 'vitest';
import type { TestApi } from './test-api.ts';

/** A thing as the API answers it, as far as tests read it. */
export interface AnsweredEntity {
  readonly id: string;
  readonly version: number;
  readonly task: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** What the API answers, as far as tests read it. */
export interface AnsweredBody {
  readonly entity: AnsweredEntity;
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly [field: string]: unknown;
}

/** Asks the API as one user, as REST. */
export type Caller = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<{ status: number; body: AnsweredBody }>;

/** @param key what the test API takes for one: a user's id, with scopes behind a dot. */
export function createCaller(store: TestApi, key: string): Caller {
  return async (method, path, body, headers = {}) => {
    const response = await store.api.fetch(
      new Request(`http://synap.test/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    return { status: response.status, body: (await response.json()) as AnsweredBody };
  };
}

/** Every row is what the log says, before it is all made anew and after it. */
export async function expectRowsAsLogged({ parts }: TestApi): Promise<void> {
  const findings: unknown[] = [];
  const verify = async (): Promise<void> => {
    for await (const message of verifyStore(parts, { scope: 'all' })) {
      if (message.kind === 'finding') findings.push(message.finding);
    }
  };
  await verify();
  for await (const _ of rebuildStore(parts));
  await verify();
  expect(findings).toEqual([]);
}
