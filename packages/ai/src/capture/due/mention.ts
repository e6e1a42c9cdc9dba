import type { DateTime } from 'luxon';

/** A place in a text that names a day, a time of day, or both. */
export interface Mention {
  /** Where it starts and ends, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
  /** ISO calendar day, or null when only a time is said. */
  readonly date: string | null;
  /** `HH:MM`, or null when only a day is said. */
  readonly time: string | null;
  /** Names no day of its own and gives way to one that does: 'by the end of the day', 'this evening'. */
  readonly isWeak: boolean;
}

/** The person's wall clock, as it was when they wrote. */
export interface WallClock {
  /** The instant, in the person's timezone. */
  readonly now: DateTime;
  /** Midnight of their day, in UTC: a bare calendar day, safe for counting. */
  readonly today: DateTime;
  /** Whether 5/6 is the fifth of June (most of the world) or May sixth (the Americas' north and the Philippines). */
  readonly isDayFirst: boolean;
}

/** A phrase that the date grammar lacks, or reads otherwise than people mean it. */
export interface Phrase {
  /** With the flags `giu`. */
  readonly pattern: RegExp;
  /** What a match says; null when it is no date after all. */
  read(groups: Readonly<Record<string, string | undefined>>, clock: WallClock): PhraseReading | null;
}

export interface PhraseReading {
  readonly day?: DateTime;
  readonly time?: string;
  readonly isWeak?: boolean;
}
