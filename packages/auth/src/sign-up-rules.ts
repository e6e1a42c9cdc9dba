import type { Database } from '@synap/database';
import type { UserId } from '@synap/domain';

/** Who may sign up: nobody once there is an account, anybody, or nobody. */
export const SignUp = { first: 'first', open: 'open', closed: 'closed' } as const;
export type SignUp = (typeof SignUp)[keyof typeof SignUp];

/** Who may sign up, and what it takes to be the first. */
export interface SignUpRules {
  readonly database: Database;
  readonly signUp: SignUp;
  /** Whether the request proves to come from the owner. */
  readonly isFromOwner: (headers: Headers) => Promise<boolean>;
  /** Whether this user's things may be anybody's who signs up first. */
  readonly mayBeTakenOver: (ownerId: UserId) => Promise<boolean>;
}
