import type { CallOptions } from '../call-options.ts';

/** How urgent an embedding is, and how to give it up. */
export interface EmbedOptions extends CallOptions {
  /**
   * `interactive` (a person waits, as for a search) overtakes all queued `background` work (an import, enrichment)
   * and waits for at most the one small batch that is running. Default: `background`.
   */
  readonly priority?: 'interactive' | 'background';
  /** Drops what is still queued and rejects with the signal's reason; a batch that already runs is finished unused. */
  readonly signal?: AbortSignal;
}

/** Turns texts into unit vectors of one model, so that nearness in meaning is a dot product. */
export interface TextEmbedder {
  /** The model's identity. Vectors of two different models cannot be compared; store it beside each vector. */
  readonly model: string;
  /** The length of every vector. */
  readonly dimensions: number;
  /**
   * One vector of length 1 per text, in the order given. Text beyond the model's window is cut off, so long content
   * is split into chunks before. An empty text has a vector too.
   *
   * @throws {Unavailable} the model cannot be loaded, or stopped working; the next call tries again.
   */
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array[]>;
  /** Finishes the running batch, rejects what is queued and frees the model. Later calls of `embed` reject. */
  close(): Promise<void>;
}
