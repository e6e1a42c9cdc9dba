import { create, parse } from 'content-disposition';

/** The longest name that `safeFileName` gives, in UTF-16 code units; also at most 255 bytes, as file systems want it. */
const FILE_NAME_MAX_LENGTH = 120;
const FILE_NAME_MAX_BYTES = 255;
/** Longer names are cut before they are looked at closely. */
const LOOKED_AT_LENGTH = 4_096;

/** A name that Windows gives to a device, whatever follows its first dot. */
const DEVICE_NAME = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/iu;
/** Controls, also those that turn the direction of writing (`exe.gpj` shown as `jpg.exe`), and line separators. */
const UNSEEN = /[\p{Cc}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]/gu;
/** What some file system or shell takes for something else. */
const SPECIAL = /[<>:"|?*/\\]/g;
const EXTENSION = /\.[\p{L}\p{N}]{1,16}$/u;

/**
 * A name that is harmless on any file system, in a header and on a screen, from one that nobody vouches for: the last
 * part of a path, without controls and characters of special meaning, not hidden, not a device, at most 120 characters
 * with its extension kept.
 *
 * @param options.fallback the name if nothing is left; must be harmless itself. Default `file`.
 */
export function safeFileName(name: string, { fallback = 'file' }: { fallback?: string } = {}): string {
  const lastPart =
    name
      .slice(-LOOKED_AT_LENGTH)
      .replace(/[/\\\0\s]+$/, '')
      .split(/[/\\]/)
      .at(-1) ?? '';
  const visible = lastPart
    .toWellFormed()
    .replace(/^[A-Za-z]:/, '')
    .replace(UNSEEN, '')
    .normalize('NFC')
    .replace(SPECIAL, '_')
    .replace(/\s+/g, ' ');
  const trimmed = trimName(visible);
  const cut = cutName(trimmed);
  if (cut === '') return fallback;
  return DEVICE_NAME.test(cut) ? cutName(`_${cut}`) : cut;
}

/** Without what hides a file (a leading dot) or what Windows drops (dots and spaces at the end). */
function trimName(name: string): string {
  return name.replace(/^[.\s]+/, '').replace(/[.\s]+$/, '');
}

function cutName(name: string): string {
  if (fits(name)) return name;
  const extension = EXTENSION.exec(name)?.[0] ?? '';
  const stem = name.slice(0, name.length - extension.length);
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(stem.slice(0, FILE_NAME_MAX_LENGTH * 4))) {
    if (!fits(kept + segment + extension)) break;
    kept += segment;
  }
  return trimName(trimName(kept) + extension);
}

function fits(name: string): boolean {
  return name.length <= FILE_NAME_MAX_LENGTH && Buffer.byteLength(name) <= FILE_NAME_MAX_BYTES;
}

/**
 * The header `Content-Disposition` for a file of this name, made harmless with `safeFileName` (RFC 6266; names beyond
 * Latin-1 as RFC 8187 writes them, with a plain one for old clients).
 */
export function contentDisposition(type: 'inline' | 'attachment', name: string): string {
  return create(safeFileName(name), { type });
}

/** The file name that a header `Content-Disposition` says, as it says it; undefined if it says none. */
export function fileNameOf(header: string): string | undefined {
  try {
    return parse(header).parameters.filename;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
