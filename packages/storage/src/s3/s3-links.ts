import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { assertLifetime, assertUpload, type FileLinks, type UploadLink } from '../file-links.ts';
import { checksumPrefixOf, filePath } from '../file-path.ts';
import { BODY_HASH_HEADER, boundPut } from './bound-put.ts';
import { openBucket, type S3Bucket, type S3Settings } from './s3-bucket.ts';

/**
 * Links to a bucket itself, as presigned URLs: content does not pass through our server. Signing sends nothing.
 *
 * @param options.publicUrl how the endpoint is reached from outside, if it is by another URL than from this server.
 *   Whatever answers there must pass the `Host` on to the server, since it is signed.
 */
export function createS3Links({ publicUrl, ...settings }: S3Settings & { publicUrl?: string }): FileLinks {
  const bucket = openBucket(publicUrl === undefined ? settings : { ...settings, endpoint: publicUrl });
  return {
    signRead: async (path, { expiresInSeconds, contentType, contentDisposition, now }) => {
      checksumPrefixOf(path);
      assertLifetime(expiresInSeconds);
      const get = new GetObjectCommand({
        Bucket: bucket.name,
        Key: path,
        ResponseContentType: contentType,
        ResponseContentDisposition: contentDisposition,
      });
      return getSignedUrl(bucket.client, get, { expiresIn: expiresInSeconds, signingDate: now });
    },
    signUpload: async (upload) => {
      assertUpload(upload);
      const path = filePath(upload);
      const headers = uploadHeaders(upload);
      return { path, url: await signPut(bucket, path, upload), method: 'PUT', headers };
    },
  };
}

/** All of them are signed, so that the server refuses a request in which one is another or is missing. */
function uploadHeaders({ contentType, sizeBytes, checksum }: UploadLink): Record<string, string> {
  return {
    'content-type': contentType,
    'content-length': String(sizeBytes),
    'if-none-match': '*',
    [BODY_HASH_HEADER]: checksum,
  };
}

function signPut(bucket: S3Bucket, path: string, upload: UploadLink): Promise<string> {
  const put = new PutObjectCommand({
    Bucket: bucket.name,
    Key: path,
    ContentType: upload.contentType,
    ContentLength: upload.sizeBytes,
    IfNoneMatch: '*',
  });
  return getSignedUrl(bucket.client, boundPut(put, upload.checksum), {
    expiresIn: upload.expiresInSeconds,
    signingDate: upload.now,
    signableHeaders: new Set(['host', ...Object.keys(uploadHeaders(upload))]),
    // In a URL the hash would bind nothing: it has to come as a header with the body.
    unhoistableHeaders: new Set([BODY_HASH_HEADER]),
  });
}
