/** More in a row are no accident. */
const ATTEMPTS_MAX = 5;
const DEADLOCK_DETECTED = '40P01';

/**
 * Does something again that can be repeated, if PostgreSQL has ended it because it and another process waited for each
 * other: one makes an index beside the writes, which waits for whoever is writing, and another removes an old one, which
 * waits for the table.
 */
export async function retryDeadlock<Result>(action: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !isDeadlock(error)) throw error;
    }
  }
}

function isDeadlock(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && cause.code === DEADLOCK_DETECTED) return true;
  }
  return false;
}
