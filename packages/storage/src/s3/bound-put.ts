import type { PutObjectCommand } from '@aws-sdk/client-s3';

/** The header that tells the SHA-256 of a body, and is signed: a server refuses any other body. */
export const BODY_HASH_HEADER = 'x-amz-content-sha256';

/**
 * Binds a put to exactly the body with this checksum, and spares the client from hashing it once more.
 * @param checksum SHA-256 in lower-case hexadecimal.
 */
export function boundPut(put: PutObjectCommand, checksum: string): PutObjectCommand {
  put.middlewareStack.add(
    (next) => (args) => {
      const { request } = args;
      if (
        typeof request === 'object' &&
        request !== null &&
        'headers' in request &&
        request.headers instanceof Object
      ) {
        Object.assign(request.headers, { [BODY_HASH_HEADER]: checksum });
      }
      return next(args);
    },
    { step: 'build', name: 'bindBody' },
  );
  return put;
}
