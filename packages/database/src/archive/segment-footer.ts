/*
 * The footer of a segment: what the file says of itself, and where its row groups lie. It is the only part that is read
 * before rows are, so whatever can be refused without a checksum is refused here.
 */
import { type FileMetaData, type KeyValue, parquetMetadata, type RowGroup } from 'hyparquet';
import type { LogRow } from './log-row.ts';
import { segmentParsers } from './segment-columns.ts';

const FORMAT = 'event-segment';
const FORMAT_VERSION = '1';
/** The four letters at both ends of a Parquet file. */
const MAGIC = 'PAR1';
/** The footer's length and the letters, after the footer. */
const TRAILER_BYTES = 4 + MAGIC.length;
/** What is read of the file's end at first: enough for the footer of some fifty row groups. */
const TAIL_BYTES = 64 * 1024;

/** Where a segment's bytes are read from: a file, an object in a store, a buffer. */
export interface SegmentSource {
  readonly sizeBytes: number;
  /** All bytes from `start` to before `end`. */
  read(range: { start: number; end: number }): Promise<Uint8Array>;
}

/** What a segment says of itself. */
export interface SegmentDescription {
  readonly userId: string;
  readonly count: number;
  readonly minPosition: bigint;
  readonly maxPosition: bigint;
  /** When the first event happened. */
  readonly from: Date;
  /** When the last event happened: inclusive. */
  readonly to: Date;
}

/** A row group and the bytes that it takes, `end` exclusive; its rows are counted from the file's first. */
export interface RowGroupPlace {
  readonly rowGroup: RowGroup;
  readonly start: number;
  readonly end: number;
  readonly rowStart: number;
  readonly rowEnd: number;
}

export interface SegmentFooter {
  readonly description: SegmentDescription;
  readonly metadata: FileMetaData;
  readonly groups: readonly RowGroupPlace[];
}

/**
 * What a segment of these rows will say of itself.
 * @throws {Error} for rows of several users, or none.
 */
export function describeRows(rows: readonly LogRow[]): SegmentDescription {
  const [first] = rows;
  if (first === undefined) throw new Error('A segment holds at least one event.');
  const { userId } = first;
  let { position: minPosition, position: maxPosition, timestamp: from, timestamp: to } = first;
  for (const row of rows) {
    if (row.userId !== userId) {
      throw new Error(`A segment holds the events of one user, not of both ${userId} and ${row.userId}.`);
    }
    if (row.position < minPosition) minPosition = row.position;
    if (row.position > maxPosition) maxPosition = row.position;
    if (row.timestamp < from) from = row.timestamp;
    if (row.timestamp > to) to = row.timestamp;
  }
  return { userId, count: rows.length, minPosition, maxPosition, from, to };
}

/** The description as the footer holds it, beside the format's name and version. */
export function toProperties(description: SegmentDescription): KeyValue[] {
  const { userId, count, minPosition, maxPosition, from, to } = description;
  return Object.entries({
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    userId,
    count: String(count),
    minPosition: String(minPosition),
    maxPosition: String(maxPosition),
    firstTimestamp: from.toISOString(),
    lastTimestamp: to.toISOString(),
  }).map(([name, value]) => ({ key: `synap.${name}`, value }));
}

/**
 * Reads the end of a segment.
 * @throws {Error} if the source is no segment of this version, if it was cut off, or if its parts do not fill it exactly.
 */
export async function readFooter(source: SegmentSource): Promise<SegmentFooter> {
  const { sizeBytes } = source;
  let tail = await readBytes(source, { start: Math.max(0, sizeBytes - TAIL_BYTES), end: sizeBytes });
  const footerBytes = footerSize(tail);
  const start = sizeBytes - footerBytes;
  if (start < MAGIC.length) throw new Error('The segment is cut off: its footer is longer than the file.');
  if (footerBytes > tail.length) tail = await readBytes(source, { start, end: sizeBytes });
  const metadata = parseFooter(tail);
  const description = parseProperties(metadata.key_value_metadata ?? []);
  const groups = placeRowGroups(metadata.row_groups);
  const last = groups.at(-1);
  if (last?.end !== start || last.rowEnd !== description.count) {
    throw new Error(
      `The segment is damaged: its row groups end at byte ${last?.end} with row ${last?.rowEnd}, but should at byte ${start} with row ${description.count}.`,
    );
  }
  return { description, metadata, groups };
}

/** Reads exactly what was asked for: a store may answer with less where an object was cut off. */
export async function readBytes(source: SegmentSource, range: { start: number; end: number }): Promise<Uint8Array> {
  const bytes = await source.read(range);
  const wanted = range.end - range.start;
  if (bytes.length === wanted) return bytes;
  throw new Error(`The segment is cut off: ${bytes.length} instead of ${wanted} bytes from byte ${range.start} on.`);
}

function footerSize(tail: Uint8Array): number {
  const trailer = Buffer.from(tail.subarray(-TRAILER_BYTES));
  if (trailer.length < TRAILER_BYTES || trailer.toString('latin1', 4) !== MAGIC) {
    throw new Error(`Not a whole Parquet file, which an event segment is: it does not end with '${MAGIC}'.`);
  }
  return trailer.readUInt32LE(0) + TRAILER_BYTES;
}

function parseFooter(tail: Uint8Array): FileMetaData {
  try {
    return parquetMetadata(tail, { parsers: segmentParsers, geoparquet: false });
  } catch (cause) {
    throw new Error('The segment is damaged: its footer is not that of a Parquet file.', { cause });
  }
}

function parseProperties(properties: readonly KeyValue[]): SegmentDescription {
  const values = new Map(properties.map(({ key, value }) => [key, value]));
  const format = values.get('synap.format');
  const version = values.get('synap.formatVersion');
  if (format !== FORMAT || version !== FORMAT_VERSION) {
    const found = format === undefined ? 'a Parquet file of another origin' : `'${format}' in version ${version}`;
    throw new Error(`Expected '${FORMAT}' in version ${FORMAT_VERSION}, but found ${found}.`);
  }
  const property = (name: string): string => {
    const value = values.get(`synap.${name}`);
    if (value === undefined) throw new Error(`The segment is damaged: its footer does not say synap.${name}.`);
    return value;
  };
  return {
    userId: property('userId'),
    count: Number(property('count')),
    minPosition: BigInt(property('minPosition')),
    maxPosition: BigInt(property('maxPosition')),
    from: new Date(property('firstTimestamp')),
    to: new Date(property('lastTimestamp')),
  };
}

/** Row groups follow each other without a gap, from behind the first four letters to the footer. */
function placeRowGroups(rowGroups: readonly RowGroup[]): RowGroupPlace[] {
  let start = MAGIC.length;
  let rowStart = 0;
  return rowGroups.map((rowGroup) => {
    const end = start + Number(rowGroup.total_compressed_size ?? 0);
    const rowEnd = rowStart + Number(rowGroup.num_rows);
    const place = { rowGroup, start, end, rowStart, rowEnd };
    start = end;
    rowStart = rowEnd;
    return place;
  });
}
