import { decodeText } from './decode-text.ts';
import { cutAtCharacter, type ExtractedText, type FileToRead, toStorableText, withProblem } from './extracted-text.ts';

/** No UTF-16 unit takes more than three bytes of UTF-8, or two of UTF-16; and there may be a byte order mark. */
const MAX_BYTES_PER_UNIT = 3;
const ROOM_FOR_MARK = 3;

/** The beginning of a text file as it is written; of Markdown too. Only as much of the file is looked at as is wanted. */
export async function plainFileText({ content, maxTextLength }: Omit<FileToRead, 'kind'>): Promise<ExtractedText> {
  const { bytes, isComplete } = await readBeginning(content, maxTextLength * MAX_BYTES_PER_UNIT + ROOM_FOR_MARK);
  const decoded = decodeText(bytes, { isComplete });
  if (decoded === undefined) return withProblem('unreadable');
  const whole = toStorableText(decoded.text);
  const text = cutAtCharacter(whole, maxTextLength);
  return { text, title: null, isTruncated: !isComplete || text.length < whole.length, problem: null };
}

async function readBeginning(
  content: FileToRead['content'],
  maxBytes: number,
): Promise<{ bytes: Uint8Array; isComplete: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    chunks.push(chunk.subarray(0, maxBytes - length));
    length += chunk.byteLength;
    if (length > maxBytes) return { bytes: Buffer.concat(chunks), isComplete: false };
  }
  return { bytes: Buffer.concat(chunks), isComplete: true };
}
