/*
 * Archive segments: old events of one user as one Apache Parquet file, which DuckDB, pandas and other readers open too.
 *
 * Rows are ordered by stream (the text of `aggregateId`) and version. A row group ends where a stream ends, unless one
 * stream fills all of it, and notes the first and the last stream that it holds; so the history of one stream costs two
 * reads: the end of the file, and one row group. Pages are compressed by GZIP, which has a checksum of its own; the rest
 * of the file has none, so whoever keeps a segment keeps a SHA-256 of it as well, and checks that. Without it a file is
 * still refused that was cut off, whose parts do not fill it exactly, or that is no segment of this version.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { parquetReadObjects, type RowGroup, type SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { LogRow } from './log-row.ts';
import { type Cells, STREAM_COLUMN, segmentColumns, segmentParsers, toLogRow } from './segment-columns.ts';
import {
  describeRows,
  type RowGroupPlace,
  readBytes,
  readFooter,
  type SegmentDescription,
  type SegmentFooter,
  type SegmentSource,
  toProperties,
} from './segment-footer.ts';

export type { SegmentDescription, SegmentSource } from './segment-footer.ts';

/** Rows of one row group, at the most: what a reader holds at a time. Smaller ones would compress less well. */
const ROW_GROUP_ROWS = 4_000;

const GZIP_LEVEL = 9;

/**
 * Rows of one user as a Parquet file; ordered by aggregate and version, whatever order they come in.
 * @throws {Error} for rows of several users, or none.
 * @throws {TypeError} for an id that is no UUID in lower case, and for data that is no JSON.
 */
export function encodeSegment(rows: readonly LogRow[]): Uint8Array {
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    writer,
    schema: schemaOf(segmentColumns.map(({ element }) => asStored(element))),
    codec: 'GZIP',
    compressors: { GZIP: (page) => gzipSync(page, { level: GZIP_LEVEL }) },
    statisticsTruncateLength: Number.POSITIVE_INFINITY,
    kvMetadata: toProperties(describeRows(rows)),
    createdBy: 'synap',
  });
  for (const group of rowGroupsOf(rows.toSorted(byStream))) {
    const columnData = segmentColumns.map(({ element: { name }, cell, ...storage }) => {
      return { name, data: group.map(cell), offsetIndex: false, ...storage };
    });
    // A promise only for writers that write elsewhere than to memory.
    void file.write({ columnData, rowGroupSize: group.length });
  }
  file.schema = schemaOf(segmentColumns.map(({ element }) => element));
  void file.finish();
  return writer.getBytes().slice();
}

/**
 * The rows of a segment in the order of aggregate and version, row group by row group: memory is bounded by one of them.
 * With `aggregateIds` only those streams; row groups without them are not read.
 *
 * @throws {Error} if the source is no segment, or is cut off or damaged.
 */
export async function* readSegment(
  source: SegmentSource,
  { aggregateIds }: { aggregateIds?: readonly string[] } = {},
): AsyncIterable<LogRow> {
  const footer = await readFooter(source);
  const wanted = aggregateIds === undefined ? null : new Set(aggregateIds);
  for (const group of footer.groups) {
    if (wanted === null || mayHold(group.rowGroup, wanted))
      yield* await readRowGroup(source, { footer, group, wanted });
  }
}

/**
 * What a segment says of itself, from its footer alone.
 * @throws {Error} if the source is no segment, or is cut off.
 */
export async function describeSegment(source: SegmentSource): Promise<SegmentDescription> {
  const { description } = await readFooter(source);
  return description;
}

function schemaOf(elements: readonly SchemaElement[]): SchemaElement[] {
  return [{ name: 'event', num_children: elements.length }, ...elements];
}

/**
 * JSON columns are given to the writer as the text that they are: it would write the values itself, but lose a key
 * called `__proto__`. That the text is JSON is said in the footer only.
 */
function asStored(element: SchemaElement): SchemaElement {
  if (element.converted_type !== 'JSON') return element;
  return { ...element, converted_type: 'UTF8', logical_type: { type: 'STRING' } };
}

function byStream(left: LogRow, right: LogRow): number {
  if (left.aggregateId === right.aggregateId) return left.version - right.version;
  return left.aggregateId < right.aggregateId ? -1 : 1;
}

/** Cuts sorted rows between streams; inside one only where it is longer than a row group. */
function* rowGroupsOf(rows: readonly LogRow[]): Iterable<readonly LogRow[]> {
  let start = 0;
  while (start < rows.length) {
    const full = Math.min(start + ROW_GROUP_ROWS, rows.length);
    let end = full;
    while (end > start && rows[end]?.aggregateId === rows[end - 1]?.aggregateId) end -= 1;
    if (end === start) end = full;
    yield rows.slice(start, end);
    start = end;
  }
}

function mayHold(rowGroup: RowGroup, wanted: ReadonlySet<string>): boolean {
  const chunk = rowGroup.columns.find((column) => column.meta_data?.path_in_schema[0] === STREAM_COLUMN);
  const { min_value: first, max_value: last } = chunk?.meta_data?.statistics ?? {};
  if (typeof first !== 'string' || typeof last !== 'string') return true;
  return [...wanted].some((id) => first <= id && id <= last);
}

async function readRowGroup(
  source: SegmentSource,
  { footer, group, wanted }: { footer: SegmentFooter; group: RowGroupPlace; wanted: ReadonlySet<string> | null },
): Promise<LogRow[]> {
  const { start, rowStart, rowEnd } = group;
  const bytes = await readBytes(source, group);
  const slice = (from: number, to: number = source.sizeBytes): ArrayBuffer =>
    new Uint8Array(bytes.subarray(from - start, to - start)).buffer;
  try {
    const rows: Cells[] = await parquetReadObjects({
      file: { byteLength: source.sizeBytes, slice },
      metadata: footer.metadata,
      rowStart,
      rowEnd,
      compressors: { GZIP: (page) => gunzipSync(page) },
      parsers: segmentParsers,
    });
    const found = wanted === null ? rows : rows.filter((cells) => wanted.has(String(cells[STREAM_COLUMN])));
    return found.map(toLogRow);
  } catch (cause) {
    throw new Error(`The segment is damaged in its rows ${rowStart} to ${rowEnd - 1}.`, { cause });
  }
}
