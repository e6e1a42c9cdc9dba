export type { S3Settings } from './s3-bucket.ts';
export { createS3FileStore } from './s3-file-store.ts';
export { createS3Links } from './s3-links.ts';
