import { countUsage, type Usage } from '@synap/database';
import type { UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';
import type { QuotaLimits } from './quota.ts';

/** How much somebody keeps, and how much they may. */
export interface AccountUsage extends Usage {
  readonly limits: QuotaLimits;
}

/** How much this user keeps at this moment. */
export async function readUsage({ database, quota }: Parts, userId: UserId): Promise<AccountUsage> {
  const usage = await countUsage(database.queries, userId);
  return { ...usage, limits: quota?.limits ?? { items: null, bytes: null } };
}
