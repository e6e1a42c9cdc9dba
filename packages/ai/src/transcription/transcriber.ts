import type { CallOptions } from '../call-options.ts';

/** A part of what is said, and when. */
export interface SpokenPart {
  readonly text: string;
  /** From the beginning of the recording; 0 where it is not known. */
  readonly startSeconds: number;
}

/** Writes down what is said in a recording. */
export interface Transcriber {
  /** The model's identity, stored as provenance with what it heard. */
  readonly model: string;
  /** The longest recording that it takes, in bytes. */
  readonly maxBytes: number;
  /** The extensions of the files that it takes as they are. */
  readonly extensions: ReadonlySet<string>;
  /**
   * What is said, in order; nothing for silence. It may cost something each time.
   * @throws {Unavailable} if the model does not answer.
   */
  transcribe(recording: Uint8Array, options?: CallOptions): Promise<SpokenPart[]>;
}
