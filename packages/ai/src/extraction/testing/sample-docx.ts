import { strToU8, type Zippable, zipSync } from 'fflate';

const MAIN_TYPE = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml';
const CONTENT_TYPES = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="${MAIN_TYPE}"/></Types>`;

const WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';

interface SampleDocx {
  /** What the body holds, as WordprocessingML. */
  readonly body?: string;
  /** What stands before the document's root element, such as a doctype. */
  readonly prolog?: string;
  readonly title?: string;
  readonly documentName?: string;
  /** Other entries of the archive; undefined takes a usual one away. */
  readonly entries?: Readonly<Record<string, string | Uint8Array | undefined>>;
}

/** A Word document as Word writes it: the part that names its type first. */
export function aDocx({
  body = paragraph('Hello'),
  prolog = '',
  title,
  documentName = 'word/document.xml',
  entries = {},
}: SampleDocx = {}): Buffer {
  const parts: Record<string, string | Uint8Array | undefined> = {
    '[Content_Types].xml': CONTENT_TYPES.replace('word/document.xml', documentName),
    '_rels/.rels': relationships(documentName),
    'docProps/core.xml': properties(title),
    [documentName]: `<?xml version="1.0"?>${prolog}<w:document ${WORD}><w:body>${body}</w:body></w:document>`,
    ...entries,
  };
  const zippable: Zippable = {};
  for (const [name, part] of Object.entries(parts)) {
    if (part !== undefined) zippable[name] = typeof part === 'string' ? strToU8(part) : part;
  }
  return Buffer.from(zipSync(zippable));
}

/** A paragraph of one run for each text. */
export function paragraph(...texts: string[]): string {
  return `<w:p>${texts.map((text) => `<w:r><w:t xml:space="preserve">${text}</w:t></w:r>`).join('')}</w:p>`;
}

/** A part with footnotes. */
export function footnotes(...texts: string[]): string {
  return `<w:footnotes ${WORD}>${texts.map((text) => `<w:footnote>${paragraph(text)}</w:footnote>`).join('')}</w:footnotes>`;
}

/** Makes the archive's directory announce another inflated size for an entry than it has. */
export function announceSize(archive: Buffer, name: string, sizeBytes: number): Buffer {
  const changed = Buffer.from(archive);
  const directoryEntry = Buffer.from('PK\u0001\u0002', 'latin1');
  for (let at = changed.indexOf(directoryEntry); at !== -1; at = changed.indexOf(directoryEntry, at + 4)) {
    const nameStart = at + 46;
    if (changed.toString('latin1', nameStart, nameStart + name.length) === name)
      changed.writeUInt32LE(sizeBytes, at + 24);
  }
  return changed;
}

function relationships(documentName: string): string {
  const type = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument';
  return `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${type}" Target="${documentName}"/></Relationships>`;
}

function properties(title: string | undefined): string | undefined {
  if (title === undefined) return undefined;
  return `<?xml version="1.0"?><cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>Ada</dc:creator><dc:title>${title}</dc:title></cp:coreProperties>`;
}
