/**
 * Links to our own server, for files in a directory.
 *
 * A link carries all that it allows in its URL, and an HMAC-SHA-256 (RFC 2104) of exactly that under a secret of the
 * server. So the server keeps nothing about links; whoever changes, adds or leaves out anything has no signature for it.
 * What is signed is a JSON array, which no two different links share. The signature is compared first, in constant time,
 * and only then anything else is looked at.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Forbidden } from '@synap/domain';
import { assertLifetime, assertUpload, type FileLinks } from './file-links.ts';
import { addressOf, checksumPrefixOf, type FileAddress, filePath } from './file-path.ts';

const SECRET_BYTES_MIN = 16;

/** What a link says that reads. */
export interface VerifiedRead {
  readonly path: string;
  readonly contentType: string;
  readonly contentDisposition: string;
}

/** What a link says that stores: to be put at this address as `expected`, with its size as the limit. */
export interface VerifiedUpload {
  readonly path: string;
  readonly address: FileAddress;
  readonly checksum: string;
  readonly sizeBytes: number;
  readonly contentType: string;
}

/** Links that this server signs and verifies. */
export interface HmacLinks extends FileLinks {
  /**
   * What a link to content allows.
   * @param path what comes after the base path in the URL's path, decoded.
   * @param query the URL's query.
   * @throws {Forbidden} if it was changed, has expired, or is of another server or another kind.
   */
  verifyRead(path: string, query: URLSearchParams, now: Date): VerifiedRead;
  /**
   * What a link to an upload allows. The body is to be held to it by `FileToStore.expected`.
   * @throws {Forbidden} as `verifyRead`.
   */
  verifyUpload(path: string, query: URLSearchParams, now: Date): VerifiedUpload;
}

/**
 * Links to `{basePath}/{path}` of our own server.
 *
 * @param options.secret of 16 bytes at least; who has it can sign any link. Changing it ends all links.
 * @param options.basePath a path such as `/files`, or a URL such as `https://synap.example/files`.
 */
export function createHmacLinks(options: { secret: string | Uint8Array; basePath: string }): HmacLinks {
  const { secret } = options;
  if (Buffer.byteLength(secret) < SECRET_BYTES_MIN) {
    throw new TypeError(`The secret of file links needs ${SECRET_BYTES_MIN} bytes at least.`);
  }
  const basePath = options.basePath.replace(/\/+$/, '');
  const signed = (link: Link): string => {
    const signature = signatureOf(secret, link).toString('base64url');
    return `${basePath}/${link.path}?${new URLSearchParams({ ...link.fields, signature })}`;
  };
  return {
    signRead: async (path, { expiresInSeconds, contentType, contentDisposition, now }) => {
      checksumPrefixOf(path);
      assertLifetime(expiresInSeconds);
      const expires = expiryOf(now, expiresInSeconds);
      return signed({ kind: 'read', path, fields: { expires, type: contentType, disposition: contentDisposition } });
    },
    signUpload: async (upload) => {
      assertUpload(upload);
      const path = filePath(upload);
      const { checksum, contentType } = upload;
      const [expires, size] = [expiryOf(upload.now, upload.expiresInSeconds), String(upload.sizeBytes)];
      const url = signed({ kind: 'upload', path, fields: { expires, type: contentType, size, checksum } });
      return { path, url, method: 'PUT', headers: { 'content-type': contentType, 'content-length': size } };
    },
    verifyRead: (path, query, now) => {
      const field = (name: string) => query.get(name) ?? '';
      const fields = { expires: field('expires'), type: field('type'), disposition: field('disposition') };
      assertSigned(secret, { kind: 'read', path, fields }, query, now);
      return { path, contentType: fields.type, contentDisposition: fields.disposition };
    },
    verifyUpload: (path, query, now) => {
      const field = (name: string) => query.get(name) ?? '';
      const [size, checksum] = [field('size'), field('checksum')];
      const fields = { expires: field('expires'), type: field('type'), size, checksum };
      assertSigned(secret, { kind: 'upload', path, fields }, query, now);
      return { path, address: addressOf(path), checksum, sizeBytes: Number(size), contentType: fields.type };
    },
  };
}

interface Link {
  readonly kind: 'read' | 'upload';
  readonly path: string;
  /** In the order in which they are signed. */
  readonly fields: Readonly<Record<string, string>> & { readonly expires: string };
}

function signatureOf(secret: string | Uint8Array, { kind, path, fields }: Link): Buffer {
  const text = JSON.stringify(['synap file link 1', kind, path, ...Object.entries(fields).flat()]);
  return createHmac('sha256', secret).update(text).digest();
}

function assertSigned(secret: string | Uint8Array, link: Link, query: URLSearchParams, now: Date): void {
  const given = query.get('signature') ?? '';
  const signature = Buffer.from(given, 'base64url');
  const expected = signatureOf(secret, link);
  // A signature has one spelling only. One of another length is compared all the same, with nothing like itself.
  const isSpelled = signature.toString('base64url') === given && signature.byteLength === expected.byteLength;
  const isSigned = timingSafeEqual(isSpelled ? signature : Buffer.alloc(expected.byteLength), expected);
  // The signature is over each field once: a query with more in it than those was added to.
  const isWhole = query.size === Object.keys(link.fields).length + 1;
  if (!(isSpelled && isSigned && isWhole)) {
    throw new Forbidden('The link is not valid: it was changed, or it is of another server.');
  }
  if (now.getTime() >= Number(link.fields.expires) * 1000) {
    throw new Forbidden('The link has expired. Ask for a new one.');
  }
}

function expiryOf(now: Date, expiresInSeconds: number): string {
  return String(Math.floor(now.getTime() / 1000) + expiresInSeconds);
}
