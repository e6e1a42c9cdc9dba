export type { ReadOptions, WriteOptions } from './call.ts';
export { createSynap, type Synap, type SynapOptions } from './create-synap.ts';
export { everyItem } from './every-item.ts';
export type { paths } from './generated/api.ts';
export * from './generated/index.ts';
export type { Input, OperationId, Output, Schemas } from './operation-types.ts';
export { NoAnswerError, type Problem, ProblemError } from './problem-error.ts';
export type { RetryOptions } from './retrying-fetch.ts';
