import type { TextCollector } from '../text-collector.ts';
import type { XmlReader } from './read-xml.ts';

/** Elements whose text is no part of the document as it reads: deleted, moved away, or there a second time. */
const UNREAD = new Set(['del', 'moveFrom', 'Fallback', 'pPr', 'sectPr', 'instrText']);
const MAX_DEPTH = 1_000;

/** Reads WordprocessingML (ECMA-376, part 1, 17): paragraphs `p` of runs `r` of texts `t`. */
export class DocumentReader implements XmlReader {
  readonly #text: TextCollector;
  #depth = 0;
  #unreadDepth = 0;
  #cellDepth = 0;
  #isInText = false;
  #isRunHidden = false;

  constructor(text: TextCollector) {
    this.#text = text;
  }

  get isDone(): boolean {
    return this.#text.isFull;
  }

  open(name: string, attributes: Record<string, string>): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.#text.markTruncated();
    if (this.#unreadDepth > 0 || UNREAD.has(name)) {
      this.#unreadDepth += 1;
      return;
    }
    switch (name) {
      case 't':
        this.#isInText = true;
        break;
      case 'r':
        this.#isRunHidden = false;
        break;
      case 'tc':
        this.#cellDepth += 1;
        break;
      case 'vanish':
        this.#isRunHidden = !['0', 'false', 'off'].includes(attributes['w:val'] ?? '');
        break;
      case 'tab':
        this.#text.addSpace();
        break;
      case 'br':
      case 'cr':
        this.#text.endLine();
        break;
      case 'noBreakHyphen':
        if (!this.#isRunHidden) this.#text.addWords('-');
        break;
    }
  }

  read(text: string): void {
    if (this.#isInText && this.#unreadDepth === 0 && !this.#isRunHidden) this.#text.addWords(text);
  }

  close(name: string): void {
    this.#depth -= 1;
    if (this.#unreadDepth > 0) {
      this.#unreadDepth -= 1;
      return;
    }
    switch (name) {
      case 't':
        this.#isInText = false;
        break;
      case 'r':
        this.#isRunHidden = false;
        break;
      case 'p':
        if (this.#cellDepth > 0) this.#text.addSpace();
        else this.#text.endLine();
        break;
      case 'tr':
        this.#text.endLine();
        break;
      case 'tc':
        this.#cellDepth -= 1;
        this.#text.addSpace();
        break;
      case 'tbl':
        this.#text.endParagraph();
        break;
    }
  }
}
