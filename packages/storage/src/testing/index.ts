export { aFile, bytes, manyBytes } from './a-file.ts';
export { type Fault, type FaultOptions, type FaultProxy, type SeenRequest, startFaultProxy } from './fault-proxy.ts';
export { type TestBucket, type TestS3Server, testS3Server } from './test-bucket.ts';
