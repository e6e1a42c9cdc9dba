import { Unprocessable } from '@synap/domain';
import { type ExtractedText, toTitle, withProblem } from '../extracted-text.ts';
import { type ReadingLimits, TextCollector } from '../text-collector.ts';
import { DocumentReader } from './document-reader.ts';
import { type DocxArchive, openDocxArchive } from './docx-archive.ts';
import { readXml } from './read-xml.ts';

const RELATIONSHIPS = '_rels/.rels';
const PROPERTIES = 'docProps/core.xml';
const USUAL_DOCUMENT = 'word/document.xml';
const NOTES = ['footnotes.xml', 'endnotes.xml'];

/**
 * The text of a Word document with its footnotes, and the title among its properties. What a reader does not see
 * (deleted and hidden text, codes of fields) is left out.
 *
 * @throws {Unprocessable} if it is a zip bomb.
 */
export async function docxText(content: Uint8Array, limits: ReadingLimits): Promise<ExtractedText> {
  try {
    const archive = await openDocxArchive(content);
    const documentName = await findDocument(archive);
    const collector = new TextCollector(limits);
    const document = await archive.open(documentName);
    if (document === undefined) return withProblem('unreadable');
    await readXml(document, new DocumentReader(collector));
    const folder = documentName.slice(0, documentName.lastIndexOf('/') + 1);
    for (const name of NOTES) {
      const notes = collector.isFull ? undefined : await archive.open(folder + name);
      if (notes === undefined) continue;
      collector.endParagraph();
      await readXml(notes, new DocumentReader(collector));
    }
    return { ...collector.finish(), title: await readTitle(archive), problem: null };
  } catch (error) {
    if (error instanceof Unprocessable) throw error;
    if (error instanceof Error && error.message.startsWith('too many bytes in the stream')) throw lyingSize();
    return withProblem('unreadable');
  }
}

function lyingSize(): Unprocessable {
  return new Unprocessable('This Word document is refused, since its archive unpacks to more than it announces.');
}

/** The main document's name: nearly always the usual one, but the package's relationships decide. */
async function findDocument(archive: DocxArchive): Promise<string> {
  let target = '';
  const relationships = await archive.open(RELATIONSHIPS);
  if (relationships === undefined) return USUAL_DOCUMENT;
  await readXml(relationships, {
    get isDone() {
      return target !== '';
    },
    open(name, { Type, Target }) {
      if (name === 'Relationship' && Type?.endsWith('/officeDocument')) target = (Target ?? '').replace(/^\//, '');
    },
    read: () => undefined,
    close: () => undefined,
  });
  return target === '' ? USUAL_DOCUMENT : target;
}

async function readTitle(archive: DocxArchive): Promise<string | null> {
  const properties = await archive.open(PROPERTIES);
  if (properties === undefined) return null;
  let title = '';
  let isInTitle = false;
  let isRead = false;
  await readXml(properties, {
    get isDone() {
      return isRead || title.length > 10_000;
    },
    open(name) {
      isInTitle = name === 'title';
    },
    read(text) {
      if (isInTitle) title += text;
    },
    close(name) {
      if (name === 'title') isRead = true;
      isInTitle = false;
    },
  });
  return toTitle(title);
}
