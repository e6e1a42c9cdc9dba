import { constants, setPriority } from 'node:os';
import { FileType, Unprocessable } from '@synap/domain';
import { decodeText } from '../decode-text.ts';
import { docxText } from '../docx/docx-text.ts';
import { type ExtractedText, withProblem } from '../extracted-text.ts';
import { htmlText } from '../html/html-text.ts';
import { FrameReader } from './frames.ts';
import type { ReadReply, ReadRequest } from './protocol.ts';

/**
 * Reads the files that this process is sent, one after the other. What the libraries throw at a broken file is that
 * file's problem; what escapes even that ends the process, which the extractor takes as the same.
 */
export function serveFiles(): void {
  yieldToOthers();
  // What ends a service or a terminal's program as a whole is meant for the parent, whose end is this process's end.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
  process.on('disconnect', () => process.exit());
  const frames = new FrameReader(process.stdin);
  process.on('message', (request: ReadRequest) => {
    void frames.readFile().then(async (content) => reply(await answer(request, content)));
  });
  reply({ kind: 'ready' });
}

/** Those who answer people come first. */
function yieldToOthers(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Not every system lets a process do so; it is only a courtesy.
  }
}

function reply(message: ReadReply): void {
  process.send?.(message);
}

async function answer(request: ReadRequest, content: Uint8Array): Promise<ReadReply> {
  try {
    return { kind: 'extracted', result: await extract(request, content) };
  } catch (error) {
    if (error instanceof Unprocessable) return { kind: 'refused', message: error.message };
    return { kind: 'extracted', result: withProblem('unreadable') };
  }
}

async function extract(
  { reading, maxTextLength, enoughAfterMs }: ReadRequest,
  content: Uint8Array,
): Promise<ExtractedText> {
  const limits = { maxTextLength, readUntil: performance.now() + enoughAfterMs };
  switch (reading.kind) {
    case 'article': {
      const decoded = decodeText(content, { isComplete: true });
      if (decoded === undefined) return withProblem('unreadable');
      // As large as the one for PDF, and as rarely needed.
      const { htmlArticle } = await import('../html/html-article.ts');
      return htmlArticle(decoded.text, { url: reading.url, maxTextLength });
    }
    case FileType.html: {
      const decoded = decodeText(content, { isComplete: true });
      return decoded === undefined ? withProblem('unreadable') : htmlText(decoded.text, limits);
    }
    case FileType.docx:
      return docxText(content, limits);
    case FileType.pdf: {
      // The library is large: it is loaded by the first PDF only.
      const { pdfText } = await import('../pdf/pdf-text.ts');
      return pdfText(content, limits);
    }
    case FileType.image: {
      const { imageText } = await import('../image/image-text.ts');
      return imageText(content, limits);
    }
  }
}
