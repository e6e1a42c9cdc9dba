export { type CopyProgress, copyFiles } from './copy-files.ts';
export type { FileLinks, ReadLink, SignedUpload, UploadLink } from './file-links.ts';
export { addressOf, type FileAddress, filePath } from './file-path.ts';
export {
  type ByteRange,
  FileFolder,
  type FileStore,
  type FileToStore,
  type FoundFile,
  type ListedFile,
  type ReadOptions,
  type StoredFile,
} from './file-store.ts';
export { createHmacLinks, type HmacLinks, type VerifiedRead, type VerifiedUpload } from './hmac-links.ts';
export { createLocalFileStore } from './local/local-file-store.ts';
export { createMovingFileStore } from './moving-file-store.ts';
export { readBytes, readVerified, streamVerified } from './read-all.ts';
