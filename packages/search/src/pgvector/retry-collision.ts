/** More in a row are no accident. */
const ATTEMPTS_MAX = 5;
const DEADLOCK_DETECTED = '40P01';
/** "tuple concurrently updated": two changed one index at the same moment, and PostgreSQL has no other code for that. */
const INTERNAL_ERROR = 'XX000';
const COLLISIONS: readonly unknown[] = [DEADLOCK_DETECTED, INTERNAL_ERROR];

/**
 * Does something again that can be repeated, if PostgreSQL has ended it because it and another process waited for each
 * other, or ran into each other: one makes an index beside the writes, which waits for whoever is writing, and another
 * removes an old one, which waits for the table.
 */
export async function retryCollision<Result>(action: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !isCollision(error)) throw error;
    }
  }
}

function isCollision(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && COLLISIONS.includes(cause.code)) return true;
  }
  return false;
}
