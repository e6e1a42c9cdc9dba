import type { ByteRange } from '@synap/core';

/**
 * Which bytes a `Range` header asks for (RFC 9110, 14): one range of bytes. Several, other units and what is no range are
 * answered as if nothing had been asked for, which the standard allows.
 *
 * @returns the range, cut to the size; `all`; or `none` if it begins beyond the end.
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | 'all' | 'none' {
  const found = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(header ?? '');
  const [, first = '', last = ''] = found ?? [];
  if (first === '' && last === '') return 'all';
  if (first === '') {
    const length = Number(last);
    return length === 0 || sizeBytes === 0 ? 'none' : { start: Math.max(0, sizeBytes - length), end: sizeBytes };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'all';
  if (start >= sizeBytes) return 'none';
  return { start, end: last === '' ? sizeBytes : Math.min(sizeBytes, Number(last) + 1) };
}
