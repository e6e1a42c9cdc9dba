/** What can be wrong with a store. */
export const FindingKind = {
  /** An event is not what it was when it was appended. */
  eventChanged: 'event_changed',
  /** An event that must be there is not. */
  eventMissing: 'event_missing',
  /** An event is there that was never appended. */
  eventInserted: 'event_inserted',
  /** The head of a stream does not fit its events. */
  headDiffers: 'head_differs',
  /** A row is not what its events fold to. */
  rowDiffers: 'row_differs',
  /** What the events fold to has no row. */
  rowMissing: 'row_missing',
  /** A row has no events. */
  rowInserted: 'row_inserted',
  /** A file that an event names is gone, or is not what was stored. */
  fileMissing: 'file_missing',
  fileChanged: 'file_changed',
  /** A file that nothing names: what a broken-off upload left, or what somebody put there. */
  fileUnreferenced: 'file_unreferenced',
  /** A signed checkpoint does not fit the log, or its signature does not fit it. */
  checkpointBroken: 'checkpoint_broken',
} as const;
export type FindingKind = (typeof FindingKind)[keyof typeof FindingKind];

/** One thing that is not as it must be. */
export interface Finding {
  readonly kind: FindingKind;
  /** The stream, row or file that it is about. */
  readonly subject: string;
  /** Of an event: its place in the stream. */
  readonly version?: number;
  readonly eventId?: string;
  /** For a person: what was expected, what is there. */
  readonly message: string;
}
