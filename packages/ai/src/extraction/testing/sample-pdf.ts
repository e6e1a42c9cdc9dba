import { constants, deflateRawSync } from 'node:zlib';

/** A stream of a PDF: its dictionary's entries, without the length, and its bytes. */
interface PdfStream {
  readonly entries?: string;
  readonly content: Uint8Array;
}

/** What a small PDF is made of. */
interface SamplePdf {
  /** The lines of each page. */
  readonly pages?: readonly (readonly string[])[];
  readonly title?: string;
  /** A content stream that stands in for the first page's lines. */
  readonly firstPageStream?: PdfStream;
  /** Entries of the trailer, such as `/Encrypt`. */
  readonly trailer?: string;
}

/** A PDF of version 1.4 with one built-in font, as a simple program writes it. */
export function aPdf({ pages = [['Hello']], title, firstPageStream, trailer = '' }: SamplePdf = {}): Buffer {
  const kids = pages.map((_, index) => `${4 + index * 2} 0 R`).join(' ');
  const objects: Buffer[] = [
    Buffer.from('<< /Type /Catalog /Pages 2 0 R >>'),
    Buffer.from(`<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`),
    Buffer.from('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'),
  ];
  for (const [index, lines] of pages.entries()) {
    const stream = index === 0 && firstPageStream !== undefined ? firstPageStream : { content: showLines(lines) };
    objects.push(
      Buffer.from(
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${5 + index * 2} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
      ),
      streamObject(stream),
    );
  }
  objects.push(Buffer.from(title === undefined ? '<< >>' : `<< /Title (${title}) >>`));
  return assemble(objects, `/Root 1 0 R /Info ${objects.length} 0 R ${trailer}`);
}

/** A stream of less than a megabyte that inflates to `bytes` zeros, made without deflating them all. */
export function flateBomb(bytes: number): Buffer {
  const block = 1_000_000;
  // A full flush ends on a byte and refers to nothing before it, so the blocks can be put one after the other.
  const deflated = deflateRawSync(Buffer.alloc(block), { finishFlush: constants.Z_FULL_FLUSH, level: 9 });
  const blocks = Array.from({ length: Math.ceil(bytes / block) }, () => deflated);
  return Buffer.concat([...blocks, deflateRawSync(Buffer.alloc(0))]);
}

/** The head of a zlib stream (RFC 1950), which a PDF has in front of deflated bytes. */
export const ZLIB_HEAD = Buffer.from([0x78, 0xda]);

function showLines(lines: readonly string[]): Buffer {
  const shown = lines.map((line) => `(${line.replace(/[\\()]/g, '\\$&')}) Tj T*`).join('\n');
  return Buffer.from(`BT /F1 12 Tf 14 TL 50 800 Td\n${shown}\nET`, 'latin1');
}

function streamObject({ entries = '', content }: PdfStream): Buffer {
  return Buffer.concat([
    Buffer.from(`<< /Length ${content.byteLength} ${entries} >>\nstream\n`),
    content,
    Buffer.from('\nendstream'),
  ]);
}

function assemble(objects: readonly Buffer[], trailer: string): Buffer {
  const parts = [Buffer.from('%PDF-1.4\n%\u00e2\u00e3\u00cf\u00d3\n', 'latin1')];
  const offsets: number[] = [];
  let length = parts[0]?.byteLength ?? 0;
  for (const [index, object] of objects.entries()) {
    const part = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]);
    offsets.push(length);
    length += part.byteLength;
    parts.push(part);
  }
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  parts.push(Buffer.from(`xref\n0 ${size}\n0000000000 65535 f \n${rows}`));
  parts.push(Buffer.from(`trailer\n<< /Size ${size} ${trailer} >>\nstartxref\n${length}\n%%EOF\n`));
  return Buffer.concat(parts);
}
