import { SynapError, Unavailable } from '@synap/domain';

/** What failed, in words for a person; a refusal of our own stays what it is, however the library wrapped it. */
export function failureOf(hostname: string, error: unknown): SynapError {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof SynapError) return cause;
    if (cause.name === 'TimeoutError') {
      return new Unavailable(hostname, `${hostname} took too long to answer.`, { cause: error });
    }
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
    if (code !== null) return new Unavailable(hostname, `${hostname} cannot be reached: ${code}.`, { cause: error });
  }
  return new Unavailable(hostname, `${hostname} cannot be reached.`, { cause: error });
}
