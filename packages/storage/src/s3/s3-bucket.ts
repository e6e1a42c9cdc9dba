import { S3Client } from '@aws-sdk/client-s3';

/** Which bucket, on which server, with which key. Cloudflare R2, AWS S3 and others differ in these only. */
export interface S3Settings {
  /** The server's URL, such as `https://{account}.r2.cloudflarestorage.com`. AWS's own for the region if left out. */
  readonly endpoint?: string;
  /** Such as `eu-central-1`; `auto` for R2; most other servers take any. */
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /**
   * Whether the bucket is named in the path of a URL and not in its host. If left out: wherever an endpoint is given,
   * since that works without a wildcard domain and certificate.
   */
  readonly isPathStyle?: boolean;
  /** How often a request is tried, with growing pauses, before the server counts as failed. */
  readonly maxAttempts?: number;
  /** How long a connection may take to be made. */
  readonly connectTimeoutMs?: number;
  /** How long a connection may be silent in the middle of a request. */
  readonly idleTimeoutMs?: number;
  /** Content is sent in parts of so many bytes; what fits into one is sent in one request. 5 MiB at the least. */
  readonly partBytes?: number;
  /** Objects over so many bytes are copied in pieces of that size. 5 MiB at the least, 5 GiB at the most. */
  readonly copyPartBytes?: number;
}

const MIB = 1024 * 1024;
/** With two parts under way and one being filled: 48 MiB of memory, and objects of up to 156 GiB. */
const PART_BYTES = 16 * MIB;
/** The server could copy 5 GiB at once, but would be silent for long. */
const COPY_PART_BYTES = 1024 * MIB;
/** More than the connections that a busy server holds open: waiting for a free one counts as connecting. */
const MAX_CONNECTIONS = 256;

/** A bucket that is ready to be asked. */
export interface S3Bucket {
  readonly client: S3Client;
  readonly name: string;
  readonly partBytes: number;
  readonly copyPartBytes: number;
}

/** A bucket by its settings; nothing is sent yet. */
export function openBucket(settings: S3Settings): S3Bucket {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = settings;
  const { isPathStyle = endpoint !== undefined, maxAttempts = 4 } = settings;
  const { connectTimeoutMs = 5_000, idleTimeoutMs = 30_000 } = settings;
  const { partBytes = PART_BYTES, copyPartBytes = COPY_PART_BYTES } = settings;
  const client = new S3Client({
    ...(endpoint === undefined ? {} : { endpoint }),
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: isPathStyle,
    maxAttempts,
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      socketTimeout: idleTimeoutMs,
      httpAgent: { maxSockets: MAX_CONNECTIONS },
      httpsAgent: { maxSockets: MAX_CONNECTIONS },
    },
    // R2 and others lack some of the checksum headers and trailers. Every body is bound to its SHA-256 by the signature.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return { client, name: bucket, partBytes, copyPartBytes };
}

/** The signal in the form that the client wants it in. */
export function abortable(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
