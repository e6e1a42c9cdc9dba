/** Parameters that many routes have, by the name of their component. */
export const sharedParameters = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'A repeat with the same key gives the first answer again, for two days; 422 for another request.',
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,200}$' },
    example: '019aa3f2-9e30-7f5a-8f4c-6d8a2f3c4e5f',
  },
  CorrelationId: {
    name: 'X-Correlation-Id',
    in: 'header',
    required: false,
    description: 'Makes many requests one, such as an import, which is undone as one. A UUID of version 7.',
    schema: { type: 'string', format: 'uuid' },
    example: '019aa3f2-ae40-7a6b-8a5d-7e9b3a4d5f6a',
  },
};

/** Headers that every answer has, by the name of their component. */
export const sharedHeaders = {
  CorrelationId: {
    description: 'Names this request in the log, and what it did: undo it by this.',
    schema: { type: 'string', format: 'uuid' },
  },
};

/** A reference to a component. */
export function refer(kind: 'parameters' | 'headers' | 'responses', name: string): { $ref: string } {
  return { $ref: `#/components/${kind}/${name}` };
}
