import type { Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { Parser } from 'htmlparser2';
import { charsetOf } from '../decode-text.ts';

/** What a reader of XML is told; names of elements are without their namespace's prefix. */
export interface XmlReader {
  /** Whether it has enough. */
  readonly isDone: boolean;
  open(name: string, attributes: Record<string, string>): void;
  read(text: string): void;
  close(name: string): void;
}

/** Reads XML as it streams in, until the reader has enough. Entities that the file itself declares are not resolved. */
export async function readXml(stream: Readable, reader: XmlReader): Promise<void> {
  const parser = new Parser(
    {
      onopentag: (name, attributes) => reader.open(localName(name), attributes),
      ontext: (text) => reader.read(text),
      onclosetag: (name) => reader.close(localName(name)),
    },
    { xmlMode: true },
  );
  let decoder: TextDecoder | undefined;
  // Leaving the loop destroys the stream, so nothing is inflated in vain.
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) continue;
    decoder ??= new TextDecoder(charsetOf(chunk));
    parser.write(decoder.decode(chunk, { stream: true }));
    if (reader.isDone) return;
  }
  parser.end();
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
