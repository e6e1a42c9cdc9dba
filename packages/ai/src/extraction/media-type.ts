import { FileType } from '@synap/domain';

/** What a browser shows as it is, by the extension under which a file is stored. */
const MEDIA_TYPES = new Map<string, string>(
  Object.entries({
    md: 'text/markdown',
    txt: 'text/plain',
    html: 'text/html',
    docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    pdf: 'application/pdf',
    apng: 'image/apng',
    avif: 'image/avif',
    bmp: 'image/bmp',
    gif: 'image/gif',
    heic: 'image/heic',
    ico: 'image/x-icon',
    jp2: 'image/jp2',
    jpg: 'image/jpeg',
    jxl: 'image/jxl',
    png: 'image/png',
    psd: 'image/vnd.adobe.photoshop',
    svg: 'image/svg+xml',
    tif: 'image/tiff',
    webp: 'image/webp',
    aac: 'audio/aac',
    aif: 'audio/aiff',
    amr: 'audio/amr',
    flac: 'audio/flac',
    m4a: 'audio/x-m4a',
    mid: 'audio/midi',
    mp3: 'audio/mpeg',
    oga: 'audio/ogg',
    ogg: 'audio/ogg',
    opus: 'audio/ogg',
    wav: 'audio/wav',
    '3gp': 'video/3gpp',
    avi: 'video/vnd.avi',
    flv: 'video/x-flv',
    m4v: 'video/x-m4v',
    mkv: 'video/matroska',
    mov: 'video/quicktime',
    mp4: 'video/mp4',
    mpg: 'video/mpeg',
    mts: 'video/mp2t',
    ogv: 'video/ogg',
    webm: 'video/webm',
  }),
);

/** Containers whose name in the register says `application` although they hold sound or pictures. */
const CONTAINERS = new Map<string, FileType>(
  Object.entries({
    'application/ogg': FileType.video,
    'application/vnd.ms-asf': FileType.video,
    'application/mxf': FileType.video,
    'application/pdf': FileType.pdf,
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document': FileType.docx,
  }),
);

/**
 * The MIME type of a stored file by its extension, without parameters; `application/octet-stream`, which a browser
 * only downloads, for an extension that is not among the usual ones.
 */
export function mediaTypeOf(extension: string): string {
  return MEDIA_TYPES.get(extension.toLowerCase()) ?? 'application/octet-stream';
}

/** The kind of a binary file of this MIME type, or undefined if it is none that is accepted. */
export function kindOfMediaType(mediaType: string): FileType | undefined {
  const container = CONTAINERS.get(mediaType);
  if (container !== undefined) return container;
  const family = mediaType.slice(0, mediaType.indexOf('/'));
  if (family === FileType.image || family === FileType.audio || family === FileType.video) return family;
  return undefined;
}

/**
 * Whether a browser that opens content of this MIME type runs what is written in it: HTML, SVG, other XML, scripts.
 * Whoever serves such content from an origin of his own sends it as an attachment, with `X-Content-Type-Options:
 * nosniff` and `Content-Security-Policy: sandbox`.
 */
export function isActiveContent(mediaType: string): boolean {
  const essence = (mediaType.split(';')[0] ?? '').trim().toLowerCase();
  return (
    essence === 'text/html' ||
    essence === 'text/xsl' ||
    /[/+]xml$/.test(essence) ||
    /(?:java|ecma|live|j)script$/.test(essence)
  );
}
