import { randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3Settings } from '../s3/s3-bucket.ts';

/** A bucket of a test's own. */
export interface TestBucket {
  readonly settings: S3Settings & { readonly endpoint: string };
  /** Every key in it, whatever it is of, and the keys of the uploads that are not ended. */
  contents(): Promise<{ keys: string[]; uploads: string[] }>;
  /** Puts an object past the store. */
  putRaw(key: string, content: Uint8Array | string): Promise<void>;
  /** Removes it with all that is in it. */
  remove(): Promise<void>;
}

/** The S3 server that tests run on. */
export interface TestS3Server {
  /** Tells what is missing where it is. */
  readonly name: string;
  readonly isAvailable: boolean;
  createBucket(): Promise<TestBucket>;
}

/** The S3 server that the environment names by SYNAP_TEST_S3_ENDPOINT, …_ACCESS_KEY_ID and …_SECRET_ACCESS_KEY. */
export function testS3Server(environment: Readonly<Record<string, string | undefined>>): TestS3Server {
  const endpoint = environment.SYNAP_TEST_S3_ENDPOINT ?? '';
  const accessKeyId = environment.SYNAP_TEST_S3_ACCESS_KEY_ID ?? '';
  const secretAccessKey = environment.SYNAP_TEST_S3_SECRET_ACCESS_KEY ?? '';
  return {
    name: 'on S3 (set SYNAP_TEST_S3_ENDPOINT, SYNAP_TEST_S3_ACCESS_KEY_ID and SYNAP_TEST_S3_SECRET_ACCESS_KEY)',
    isAvailable: endpoint !== '' && accessKeyId !== '' && secretAccessKey !== '',
    createBucket: async () => {
      const bucket = `synap-test-${randomBytes(6).toString('hex')}`;
      const settings = { endpoint, region: 'us-east-1', bucket, accessKeyId, secretAccessKey };
      const client = clientFor(settings);
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      return testBucket(client, settings);
    },
  };
}

function clientFor({ endpoint, region, accessKeyId, secretAccessKey }: TestBucket['settings']): S3Client {
  return new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

function testBucket(client: S3Client, settings: TestBucket['settings']): TestBucket {
  const Bucket = settings.bucket;
  const objects = async () => (await client.send(new ListObjectsV2Command({ Bucket }))).Contents ?? [];
  const uploads = async () => (await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? [];
  return {
    settings,
    contents: async () => ({
      keys: (await objects()).map(({ Key }) => Key ?? ''),
      uploads: (await uploads()).map(({ Key }) => Key ?? ''),
    }),
    putRaw: async (Key, Body) => {
      await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
    remove: async () => {
      for (const { Key, UploadId } of await uploads()) {
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
      }
      for (let found = await objects(); found.length > 0; found = await objects()) {
        for (const { Key } of found) await client.send(new DeleteObjectCommand({ Bucket, Key }));
      }
      await client.send(new DeleteBucketCommand({ Bucket }));
      client.destroy();
    },
  };
}
