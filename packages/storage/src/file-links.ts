import type { FileAddress } from './file-path.ts';

/** What a link to an object's content says, beside where it is. */
export interface ReadLink {
  /** A whole number from 1 to 604,800, which is a week. */
  readonly expiresInSeconds: number;
  /** The content type with which the content is answered, whatever it is. */
  readonly contentType: string;
  /** The header of that name, such as `attachment; filename="report.pdf"`. */
  readonly contentDisposition: string;
  readonly now: Date;
}

/** Content that somebody is allowed to store. */
export interface UploadLink extends FileAddress {
  /** SHA-256 in lower-case hexadecimal. */
  readonly checksum: string;
  readonly sizeBytes: number;
  readonly contentType: string;
  /** A whole number from 1 to 604,800, which is a week. */
  readonly expiresInSeconds: number;
  readonly now: Date;
}

/** A request that stores content: it is to be sent with exactly these headers, and the content as its body. */
export interface SignedUpload {
  /** The path of the object that it makes. */
  readonly path: string;
  readonly url: string;
  readonly method: 'PUT';
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Signed links by which whoever has them reads or stores one object until they expire, without being signed in. To sign
 * asks nobody: it does not say that the object is there.
 */
export interface FileLinks {
  /**
   * The URL of an object's content.
   * @throws {NotFound} if the path is none of an object.
   * @throws {RangeError} if the time is none that a link can be valid for.
   */
  signRead(path: string, link: ReadLink): Promise<string>;
  /**
   * A request that stores this content and no other: it is bound to the content's length, checksum and type. One that
   * is sent again once the object is there is answered with 412 by S3, and with success by our own server.
   * @throws {TypeError} if the address or the checksum is none.
   * @throws {RangeError} if the size or the time is none.
   */
  signUpload(upload: UploadLink): Promise<SignedUpload>;
}

const WEEK_SECONDS = 7 * 24 * 60 * 60;
const CHECKSUM = /^[0-9a-f]{64}$/;

/** @throws {RangeError} if it is none that a link can be valid for, on any server. */
export function assertLifetime(expiresInSeconds: number): void {
  if (Number.isInteger(expiresInSeconds) && expiresInSeconds >= 1 && expiresInSeconds <= WEEK_SECONDS) return;
  throw new RangeError(`A link is valid for 1 to ${WEEK_SECONDS} whole seconds, not ${expiresInSeconds}.`);
}

/** @throws {TypeError | RangeError} if an upload cannot be bound to this. */
export function assertUpload({ checksum, sizeBytes, expiresInSeconds }: UploadLink): void {
  assertLifetime(expiresInSeconds);
  if (!CHECKSUM.test(checksum)) throw new TypeError(`'${checksum}' is no SHA-256 in lower-case hexadecimal.`);
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw new RangeError(`${sizeBytes} is no number of bytes.`);
}
