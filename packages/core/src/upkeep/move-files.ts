import { Unprocessable } from '@synap/domain';
import type { Parts } from '../parts.ts';
import { withProgress } from './with-progress.ts';

/** Where files can lie: in the data directory, or in a bucket. */
export const FileHome = { local: 'local', s3: 's3' } as const;
export type FileHome = (typeof FileHome)[keyof typeof FileHome];

/** How far a move has come. */
export interface MoveProgress {
  /** Those that are in the new home by now, or were found to be damaged. */
  files: number;
  totalFiles: number;
  /** What had to be copied for it, in bytes. */
  copiedBytes: number;
  /** Paths of files whose content is not what was stored: they stay where they are. */
  damaged: string[];
}

/** Moves the files from one home to the other, while others read and write them. */
export interface FileMoves {
  /**
   * From the call on, new files go to the new home and those that are not there yet are read from the old one; a
   * restart does not change that. Resolves when all have been copied and verified; repeating it goes on where it was.
   *
   * @param options.isRemovingSource whether they are removed from the old home once all are in the new one.
   * @throws {Unprocessable} if the new home is not configured.
   */
  moveTo(
    home: FileHome,
    options: {
      isRemovingSource: boolean;
      onProgress: (progress: MoveProgress) => void;
      signal?: AbortSignal | undefined;
    },
  ): Promise<MoveProgress>;
}

/** Moves all files to a home; gives how far it has come, the last time when it is done. */
export async function* moveFiles(
  { fileMoves }: Parts,
  { to, isRemovingSource, signal }: { to: FileHome; isRemovingSource: boolean; signal?: AbortSignal | undefined },
): AsyncGenerator<MoveProgress> {
  if (fileMoves === null) throw new Unprocessable('This installation has one home for files only.');
  yield* withProgress<MoveProgress>((onProgress) => fileMoves.moveTo(to, { isRemovingSource, onProgress, signal }));
}
