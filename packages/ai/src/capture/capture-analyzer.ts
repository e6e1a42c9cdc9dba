import type { Due, EntityType } from '@synap/domain';
import type { CallOptions } from '../call-options.ts';

/** A raw thought, and what is known about the person who had it. */
export interface CaptureToAnalyse {
  readonly content: string;
  /** When it was captured; 'tomorrow' is counted from here. */
  readonly now: Date;
  /** Where the person's clock is, as an IANA name such as `Europe/Berlin`. */
  readonly timezone: string;
  /** Tags that this person already uses; those written in the content come beside them, and hardly any other. */
  readonly knownTags: readonly string[];
  /** Of these, those on what the person has that is most alike, with how much speaks for each. */
  readonly nearbyTags?: readonly Guess<string>[];
}

/** A value and how sure the analyser is of it: 0 is no idea, 1 is certain (the person wrote it so). */
export interface Guess<T> {
  readonly value: T;
  readonly confidence: number;
}

/** What a capture most likely is. Guesses, for the caller to apply or to offer. */
export interface CaptureAnalysis {
  /** Which analyser said so, with its version. */
  readonly model: string;
  readonly type: Guess<EntityType>;
  /** At most about 80 characters; without the date when the date was understood. */
  readonly title: Guess<string>;
  /** For a task when it is due, for an event when it starts; null for every other type and when no date is said. */
  readonly due: Guess<Due> | null;
  /** RFC 5545 recurrence rule without prefix; null where `due` would be. */
  readonly recurrence: Guess<string> | null;
  /** Without '#', the surest first. */
  readonly tags: readonly Guess<string>[];
  /** Who is named, as they are named. */
  readonly people: readonly Guess<string>[];
}

/** Finds out what a capture is. */
export interface CaptureAnalyzer {
  /** The analyser's identity, stored as provenance with what it said. */
  readonly model: string;
  /**
   * Any string has an analysis; only the beginning of a long one is looked at.
   *
   * @throws {Unavailable} a model or provider that it relies on does not answer.
   */
  analyse(capture: CaptureToAnalyse, options?: CallOptions): Promise<CaptureAnalysis>;
}
