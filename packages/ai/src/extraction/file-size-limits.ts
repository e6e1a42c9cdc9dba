import type { FileType } from '@synap/domain';

const MEGABYTE = 1_000_000;

/** The largest file of each kind that is accepted, in bytes, where the configuration says nothing else. */
export const fileSizeLimits: Readonly<Record<FileType, number>> = {
  markdown: 10 * MEGABYTE,
  text: 10 * MEGABYTE,
  html: 10 * MEGABYTE,
  docx: 50 * MEGABYTE,
  pdf: 200 * MEGABYTE,
  image: 50 * MEGABYTE,
  audio: 500 * MEGABYTE,
  video: 4_000 * MEGABYTE,
};
