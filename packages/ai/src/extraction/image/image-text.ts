import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createWorker, OEM, type Page } from 'tesseract.js';
import { type ExtractedText, withProblem } from '../extracted-text.ts';
import { type ReadingLimits, TextCollector } from '../text-collector.ts';

const require = createRequire(import.meta.url);

/** The smaller and quicker of the package's models, about as good. */
const MODEL = '4.0.0_best_int';
/** How sure the reader must be of a word, of 100: in a photo without writing it sees letters everywhere, at about 20. */
const WORD_CONFIDENCE = 60;
/** A line is taken if it has this share of such words. */
const LINE_SHARE = 0.5;

/**
 * The writing in an image, by Tesseract with its English model, which reads Latin script; nothing of it leaves the
 * machine. The model comes with its package, and is not looked for anywhere else.
 *
 * @returns a problem if it is no image that Tesseract can decode; no text where it is not sure of any line.
 */
export async function imageText(content: Uint8Array, limits: ReadingLimits): Promise<ExtractedText> {
  const worker = await createWorker('eng', OEM.LSTM_ONLY, {
    langPath: join(dirname(require.resolve('@tesseract.js-data/eng/package.json')), MODEL),
    gzip: true,
    cacheMethod: 'none',
    // It rejects as well; unset, it would throw a second time where nobody can catch it.
    errorHandler: () => undefined,
  });
  try {
    const { data } = await worker.recognize(Buffer.from(content), {}, { blocks: true });
    return { ...readSurely(data, limits), title: null, problem: null };
  } catch {
    // Whatever it says of an image that it cannot decode: the file is the reason, and stays as it is.
    return withProblem('unreadable');
  } finally {
    await worker.terminate();
  }
}

/** The lines that are writing: most of what looks like a word in them is one. */
function readSurely({ blocks }: Page, limits: ReadingLimits): { text: string; isTruncated: boolean } {
  const text = new TextCollector(limits);
  for (const paragraph of blocks?.flatMap(({ paragraphs }) => paragraphs) ?? []) {
    for (const { words } of paragraph.lines) {
      const sure = words.filter(({ confidence }) => confidence >= WORD_CONFIDENCE);
      if (sure.length < words.length * LINE_SHARE) continue;
      text.addWords(sure.map((word) => word.text).join(' '));
      text.endLine();
    }
    text.endParagraph();
  }
  return text.finish();
}
