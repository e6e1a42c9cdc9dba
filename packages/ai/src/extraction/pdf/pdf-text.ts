import { getResolvedPDFJS } from 'unpdf';
import { type ExtractedText, toTitle, withProblem } from '../extracted-text.ts';
import { type ReadingLimits, TextCollector } from '../text-collector.ts';

/** Later pages of a longer file are left out. */
const MAX_PAGES = 5_000;
/** The library's level of messages on which it keeps silent about all but its own failures. */
const ERRORS_ONLY = 0;

const { getDocument } = await getResolvedPDFJS();
type LoadingTask = ReturnType<typeof getDocument>;
type PdfDocument = Awaited<LoadingTask['promise']>;

/**
 * The text of a PDF in the order of its pages, and its title. Scripts in it are not run. It takes as much memory as the
 * file wants, so it is to be called where memory and time are bounded from outside. Takes the content over.
 */
export async function pdfText(content: Uint8Array, limits: ReadingLimits): Promise<ExtractedText> {
  const loading = getDocument({
    data: content,
    isEvalSupported: false,
    disableFontFace: true,
    useSystemFonts: true,
    useWorkerFetch: false,
    stopAtErrors: false,
    verbosity: ERRORS_ONLY,
  });
  try {
    const document = await loading.promise;
    const pages = await readPages(document, limits);
    if (pages.failed > 0 && pages.text === '') return withProblem('unreadable');
    const isTruncated = pages.isTruncated || pages.failed > 0;
    return { text: pages.text, isTruncated, title: await readTitle(document), problem: null };
  } catch (error) {
    const isEncrypted = error instanceof Error && error.name === 'PasswordException';
    return withProblem(isEncrypted ? 'encrypted' : 'unreadable');
  } finally {
    await loading.destroy();
  }
}

async function readPages(
  document: PdfDocument,
  limits: ReadingLimits,
): Promise<{ text: string; isTruncated: boolean; failed: number }> {
  const collector = new TextCollector(limits);
  let failed = 0;
  for (let number = 1; number <= document.numPages && !collector.isFull; number += 1) {
    if (number > MAX_PAGES) {
      collector.markTruncated();
      break;
    }
    try {
      await readPage(document, number, collector);
    } catch {
      // One damaged page does not take the others with it.
      failed += 1;
    }
    collector.endParagraph();
  }
  return { ...collector.finish(), failed };
}

async function readPage(document: PdfDocument, number: number, collector: TextCollector): Promise<void> {
  const page = await document.getPage(number);
  const reader = page.streamTextContent().getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      for (const item of itemsOf(next.value)) {
        collector.addWords(item.str);
        if (item.hasEOL) collector.endLine();
      }
      if (collector.isFull) break;
    }
  } finally {
    await reader.cancel(new Error('enough')).catch(() => undefined);
    page.cleanup();
  }
}

interface PdfTextItem {
  readonly str: string;
  readonly hasEOL: boolean;
}

function itemsOf(chunk: unknown): PdfTextItem[] {
  if (typeof chunk !== 'object' || chunk === null || !('items' in chunk) || !Array.isArray(chunk.items)) return [];
  return chunk.items.filter(isTextItem);
}

function isTextItem(item: unknown): item is PdfTextItem {
  return typeof item === 'object' && item !== null && 'str' in item && typeof item.str === 'string';
}

async function readTitle(document: PdfDocument): Promise<string | null> {
  try {
    const { info } = await document.getMetadata();
    return 'Title' in info ? toTitle(info.Title) : null;
  } catch {
    return null;
  }
}
