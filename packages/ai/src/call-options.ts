import type { UserId } from '@synap/domain';

/** What is said of a call beside what it asks. */
export interface CallOptions {
  /** Gives it up. */
  readonly signal?: AbortSignal;
  /** For whom it is: who pays, where it costs something. */
  readonly userId?: UserId;
}
