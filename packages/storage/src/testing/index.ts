export { type TestBucket, type TestS3Server, testS3Server } from './test-bucket.ts';
