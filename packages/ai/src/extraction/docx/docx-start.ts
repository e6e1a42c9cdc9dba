const LOCAL_HEADER_BYTES = 30;
const HAS_DATA_DESCRIPTOR = 0b1000;
const SIGNATURE = Buffer.from('PK\u0003\u0004', 'latin1');

/**
 * Whether a zip archive begins as a Word document does: with parts of an Office package and a `word/` folder. Some
 * programs write the part that names the document's type last, beyond the beginning that is at hand.
 */
export function looksLikeDocx(head: Uint8Array): boolean {
  const names = entryNames(Buffer.from(head.buffer, head.byteOffset, head.byteLength));
  const isOfficePackage = names.some((name) => name === '[Content_Types].xml' || name === '_rels/.rels');
  const hasMacros = names.some((name) => name.endsWith('vbaProject.bin'));
  return isOfficePackage && !hasMacros && names.some((name) => name.startsWith('word/'));
}

/** The names of the archive's first entries, read from the headers in front of each (PKWARE's APPNOTE, 4.3.7). */
function entryNames(head: Buffer): string[] {
  const names: string[] = [];
  let at = 0;
  while (at + LOCAL_HEADER_BYTES <= head.byteLength && head.subarray(at, at + 4).equals(SIGNATURE)) {
    const nameEnd = at + LOCAL_HEADER_BYTES + head.readUInt16LE(at + 26);
    names.push(head.toString('latin1', at + LOCAL_HEADER_BYTES, nameEnd));
    const dataStart = nameEnd + head.readUInt16LE(at + 28);
    const isSizeKnown = (head.readUInt16LE(at + 6) & HAS_DATA_DESCRIPTOR) === 0;
    const next = isSizeKnown ? dataStart + head.readUInt32LE(at + 18) : head.indexOf(SIGNATURE, dataStart);
    if (next <= at) break;
    at = next;
  }
  return names;
}
