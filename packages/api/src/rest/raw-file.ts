import { fileNameOf } from '@synap/core';

/** What a file that is the whole body of a request is called: by the query, or by `Content-Disposition`. */
export function rawFileName({ headers }: Request, fromQuery: string | undefined): string | undefined {
  if (fromQuery !== undefined) return fromQuery;
  const disposition = headers.get('content-disposition');
  return disposition === null ? undefined : fileNameOf(disposition);
}

/** How long the body is to be, if it says so. */
export function announcedSize({ headers }: Request): number | undefined {
  const length = headers.get('content-length');
  return length === null || !/^\d{1,15}$/.test(length) ? undefined : Number(length);
}
