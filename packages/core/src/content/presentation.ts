import { contentDisposition, isActiveContent, mediaTypeOf, safeFileName } from '@synap/ai';
import type { FileReference } from '@synap/domain';

/** How stored content is answered, so that it is harmless wherever it is opened. */
export interface Presentation {
  /** By what the content is, never by what it was called. */
  readonly contentType: string;
  /** Content that a browser would run is only ever downloaded. */
  readonly contentDisposition: string;
  /** Whether a browser may show it without being kept from running what is in it. */
  readonly isPassive: boolean;
}

/** Other spellings of an extension under which a file is stored. */
const SPELLINGS = new Map(Object.entries({ jpeg: 'jpg', htm: 'html', xhtml: 'html', tiff: 'tif', markdown: 'md' }));

/** @param title of the entity that it is content of; what it is called when it is saved. */
export function presentationOf({ filePath }: FileReference, { title }: { title: string }): Presentation {
  const extension = filePath.slice(filePath.lastIndexOf('.') + 1);
  const mediaType = mediaTypeOf(extension);
  const isPassive = !isActiveContent(mediaType) && mediaType !== 'application/octet-stream';
  return {
    contentType: mediaType.startsWith('text/') ? `${mediaType}; charset=utf-8` : mediaType,
    contentDisposition: contentDisposition(isPassive ? 'inline' : 'attachment', fileNameOf(title, extension)),
    isPassive,
  };
}

/** What a file of this title is called when it is saved. */
function fileNameOf(title: string, extension: string): string {
  const name = safeFileName(title, { fallback: 'file' });
  const called = /\.([a-z0-9]{1,10})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  return (SPELLINGS.get(called) ?? called) === extension ? name : `${name}.${extension}`;
}
