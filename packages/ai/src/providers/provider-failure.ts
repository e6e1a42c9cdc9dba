import { Unavailable } from '@synap/domain';
import { APICallError, NoObjectGeneratedError, NoOutputGeneratedError, RetryError } from 'ai';

/** What a person can do about a status, where that is not to wait. */
const ADVICE: Readonly<Record<number, string>> = {
  401: 'Check its key.',
  403: 'Its key may not use this model.',
  404: 'Check the name of the model and the address.',
  413: 'The text is too long for it.',
};

/**
 * A provider's failure as the failure of a dependency, in words for a person and without anything of the request: a
 * provider's own message may repeat what it was sent.
 *
 * @param error whatever a call by the AI SDK threw, after its retries.
 */
export function providerFailure(model: string, error: unknown): Unavailable {
  if (error instanceof Unavailable) return error;
  return new Unavailable(model, `${model} ${reasonOf(error)}`, { cause: error });
}

function reasonOf(error: unknown): string {
  if (RetryError.isInstance(error)) return reasonOf(error.lastError);
  if (APICallError.isInstance(error)) {
    const { statusCode } = error;
    if (statusCode === undefined) return 'cannot be reached.';
    if (statusCode < 400) return 'answered something that cannot be read.';
    return `answered with status ${statusCode}. ${ADVICE[statusCode] ?? 'It is tried again later.'}`;
  }
  if (NoObjectGeneratedError.isInstance(error) || NoOutputGeneratedError.isInstance(error)) {
    return 'did not answer in the form that it was asked for.';
  }
  if (error instanceof Error && error.name === 'TimeoutError') return 'did not answer in time.';
  return 'failed.';
}
