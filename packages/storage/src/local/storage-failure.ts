import { Unavailable } from '@synap/domain';

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full. Free some space and try again; nothing was written.',
  EDQUOT: 'The disk quota is used up. Free some space and try again; nothing was written.',
  EROFS: 'The file system is read-only. Make the data directory writable and try again.',
  EACCES: 'The data directory may not be read or written by this user. Mend its permissions and try again.',
  EPERM:
    'The data directory may not be changed by this user, or lies on a file system without hard links. Mend its permissions or move it to a local disk, and try again.',
  EEXIST: 'A file is in the place of a folder of the data directory. Move it away and try again.',
  ENOTDIR: 'A file is in the place of a folder of the data directory. Move it away and try again.',
  EIO: 'The disk reports an error. Check it before you go on; nothing was written.',
  EMFILE: 'Too many files are open. Raise the limit of open files, or try again later.',
  ENFILE: 'Too many files are open on this machine. Try again later.',
};

/** Whether a file system call failed with this code, such as `ENOENT`. */
export function hasErrorCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/**
 * Runs calls to the file system; one that fails is thrown as `Unavailable`, with advice for a person. Only such calls
 * belong in it: an error of a caller's stream may carry the same codes and is not the store's.
 */
export async function onDisk<Result>(calls: () => Promise<Result>): Promise<Result> {
  try {
    return await calls();
  } catch (error) {
    throw storageFailure(error);
  }
}

/** A failed call as a caller should see it; an error that is not from the system stays what it is. */
function storageFailure(error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error && 'code' in error)) return error;
  const code = String(error.code);
  const advice = ADVICE[code] ?? `The data directory cannot be used (${code}). Check the disk and try again.`;
  return new Unavailable('storage', advice, { cause: error });
}
