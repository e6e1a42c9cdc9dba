import { SynapError, Unavailable } from '@synap/domain';
import type { S3Bucket } from './s3-bucket.ts';

const UNREACHABLE = 'The S3 server cannot be reached. Check S3_ENDPOINT and the network, and try again.';
const SILENT = 'The S3 server does not answer in time. Check it and the network, and try again.';
const BROKEN_OFF = 'The connection to the S3 server broke off. Try again.';
const BUSY = 'The S3 server is overloaded. Try again in a while.';
const WRONG_KEY = 'The S3 server does not accept the key. Check S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY.';
const WRONG_REGION = 'The bucket is in another region. Correct S3_REGION.';
const FULL = 'The S3 server has no space left for this account. Free some or raise the quota, and try again.';
const REFUSED =
  'The S3 server refuses this. Check S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, and let the key read, write, delete and list in the bucket.';

/** By the error's code, whether it is from the server or from the network. */
const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ENOTFOUND: UNREACHABLE,
  EAI_AGAIN: UNREACHABLE,
  TimeoutError: SILENT,
  ETIMEDOUT: SILENT,
  RequestTimeout: SILENT,
  ECONNRESET: BROKEN_OFF,
  EPIPE: BROKEN_OFF,
  SlowDown: BUSY,
  InvalidAccessKeyId: WRONG_KEY,
  SignatureDoesNotMatch: WRONG_KEY,
  AuthorizationHeaderMalformed: WRONG_REGION,
  PermanentRedirect: WRONG_REGION,
  QuotaExceeded: FULL,
  InsufficientCapacity: FULL,
  XMinioStorageFull: FULL,
  RequestTimeTooSkewed: "This machine's clock differs from the S3 server's. Set it, and try again.",
};

/** By the status, for what has no code that is known. */
const ADVICE_BY_STATUS: Readonly<Record<number, string>> = {
  301: WRONG_REGION,
  401: WRONG_KEY,
  403: REFUSED,
  429: BUSY,
  503: BUSY,
  504: SILENT,
  507: FULL,
};

/** The HTTP status with which the server failed a call, if it was the server who did. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error && '$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

/**
 * Runs a call to the server; one that fails is thrown as `Unavailable` with advice for a person, and one that was
 * aborted as the signal's reason. An answer that the caller can make sense of is to be handled within the call.
 */
export async function onServer<Result>(
  bucket: S3Bucket,
  signal: AbortSignal | undefined,
  call: () => Promise<Result>,
): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    signal?.throwIfAborted();
    throw serverFailure(bucket, error);
  }
}

/** A failed call as a caller should see it; a mistake of the program stays what it is. */
export function serverFailure(bucket: S3Bucket, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof SynapError) return error;
  const status = statusOf(error);
  const code = codeOf(error, status);
  if (code === undefined) return error;
  return new Unavailable('storage', adviceFor(bucket, code, status), { cause: error });
}

/** What failed: of the network by the system's code, of the server by its name. */
function codeOf(error: Error, status: number | undefined): string | undefined {
  if (error instanceof TypeError || error instanceof RangeError) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return status !== undefined || error.name === 'TimeoutError' ? error.name : undefined;
}

function adviceFor(bucket: S3Bucket, code: string, status: number | undefined): string {
  if (code === 'NoSuchBucket') return `There is no bucket ${bucket.name}. Make it, or correct S3_BUCKET.`;
  const known = ADVICE[code] ?? (status === undefined ? undefined : ADVICE_BY_STATUS[status]);
  const answer = status === undefined ? code : `${status} ${code}`;
  return known ?? `The S3 server fails (${answer}). Check it, and try again.`;
}
