import type { UserId } from '@synap/domain';
import type { GenerationStatus } from '@synap/search';
import type { Parts } from '../parts.ts';

/** How far the user's things can be found; the making of the index that answers comes first. */
export interface IndexStatus {
  /** What the index is, and what it lacks. */
  index: string;
  items: (Omit<GenerationStatus, 'failures'> & {
    failures: { entityId: string; reason: string; failedAt: string }[];
  })[];
}

/** What of the user's is indexed, what is pending and what failed and why, for each model. */
export async function readIndexStatus({ index }: Parts, userId: UserId): Promise<IndexStatus> {
  const generations = await index.status(userId);
  return {
    index: await index.describe(),
    items: generations.map(({ failures, ...generation }) => ({
      ...generation,
      failures: failures.map(({ failedAt, ...failure }) => ({ ...failure, failedAt: failedAt.toISOString() })),
    })),
  };
}
