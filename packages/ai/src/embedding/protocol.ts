/** What the embedder posts to its worker: one batch, small enough to run in well under 100 ms. */
export type WorkerRequest =
  | { readonly kind: 'embed'; readonly texts: readonly string[] }
  /** Free the model and end. */
  | { readonly kind: 'close' };

/** What the worker answers, exactly one per `embed`. */
export type WorkerReply =
  /** The vectors one after the other, in the order of the texts. */
  { readonly kind: 'embedded'; readonly vectors: Float32Array } | { readonly kind: 'failed'; readonly message: string };
