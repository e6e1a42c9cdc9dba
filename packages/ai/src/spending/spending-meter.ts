import { Unavailable, type UserId } from '@synap/domain';

/** What a call took, in the provider's own measures. */
export interface ModelUsage {
  /** As the provider calls it, behind the provider's name. */
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of sound that was listened to. */
  readonly audioSeconds?: number;
}

/** Counts what is spent at providers, and says when it is enough. */
export interface SpendingMeter {
  /** @throws {BudgetSpent} if this person has nothing left for today. */
  admit(userId: UserId): Promise<void>;
  record(userId: UserId, usage: ModelUsage): Promise<void>;
}

/** A person's budget of the day is spent: what needs no provider goes on. */
export class BudgetSpent extends Unavailable {
  constructor(dollars: number) {
    super('budget', `The budget of ${dollars} dollars for today is spent. It is tried again tomorrow.`);
  }
}
