import type { Encoding, ParquetParsers, SchemaElement } from 'hyparquet';
import type { LogRow } from './log-row.ts';

/*
 * The columns of a segment: their names are those of the table `events`. DuckDB and Arrow read the encodings used here;
 * BYTE_STREAM_SPLIT would make the ids smaller, but DuckDB refuses it for them.
 */

/** One column of a segment: how the file declares it, how it is stored, and what of an event goes into it. */
export interface SegmentColumn {
  readonly element: SchemaElement;
  /** Where it is not left to the writer, which takes a dictionary if that halves the column, and else plain values. */
  readonly encoding?: Encoding;
  /** Whether each row group notes the least and the greatest value, for readers to pass over it. */
  readonly statistics: boolean;
  readonly cell: (row: LogRow) => unknown;
}

/** The column that files are ordered by, and that row groups are passed over by. */
export const STREAM_COLUMN = 'aggregate_id';

type Kind = Omit<SchemaElement, 'name'>;

const uuid: Kind = { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } };
const text: Kind = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
const json: Kind = { type: 'BYTE_ARRAY', converted_type: 'JSON', logical_type: { type: 'JSON' } };
const int32: Kind = { type: 'INT32' };
const int64: Kind = { type: 'INT64' };
const sha256: Kind = { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 32 };
const instant: Kind = {
  type: 'INT64',
  converted_type: 'TIMESTAMP_MILLIS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
};

/** In the order in which the file has them. */
export const segmentColumns: readonly SegmentColumn[] = [
  column('position', int64, (row) => row.position, { encoding: 'DELTA_BINARY_PACKED' }),
  column('id', uuid, (row) => uuidBytes(row.id)),
  column('timestamp', instant, (row) => row.timestamp, { encoding: 'DELTA_BINARY_PACKED' }),
  column(STREAM_COLUMN, uuid, (row) => uuidBytes(row.aggregateId)),
  column('aggregate_type', text, (row) => row.aggregateType),
  column('event_type', text, (row) => row.eventType),
  column('user_id', uuid, (row) => uuidBytes(row.userId)),
  column('data', json, (row) => jsonText(row.data), { statistics: false }),
  column('metadata', json, (row) => jsonText(row.metadata), { statistics: false }),
  column('version', int32, (row) => row.version, { encoding: 'DELTA_BINARY_PACKED' }),
  column('causation_id', uuid, (row) => (row.causationId === null ? null : uuidBytes(row.causationId)), {
    nullable: true,
  }),
  column('correlation_id', uuid, (row) => uuidBytes(row.correlationId)),
  column('source', text, (row) => row.source),
  column('schema_version', int32, (row) => row.schemaVersion),
  column('digest', sha256, (row) => row.digest, { statistics: false }),
];

function column(
  name: string,
  kind: Kind,
  cell: (row: LogRow) => unknown,
  options: { encoding?: Encoding; statistics?: boolean; nullable?: boolean } = {},
): SegmentColumn {
  const { encoding, statistics = true, nullable = false } = options;
  const element: SchemaElement = { ...kind, name, repetition_type: nullable ? 'OPTIONAL' : 'REQUIRED' };
  return { element, statistics, cell, ...(encoding === undefined ? {} : { encoding }) };
}

const UUID_TEXT = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function uuidBytes(id: string): Uint8Array {
  // Any other spelling would come back changed.
  if (!UUID_TEXT.test(id)) throw new TypeError(`Not a UUID in lower-case text: '${id}'.`);
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

function jsonText(value: unknown): string {
  const written: string | undefined = JSON.stringify(value);
  if (written === undefined) throw new TypeError('Only JSON values can be archived.');
  return written;
}

// `fatal`, because damaged text must not pass as text; `ignoreBOM`, because a leading U+FEFF belongs to the value.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** How stored values become cells. JSON stays text: parsed here, rows with equal values would share one object. */
export const segmentParsers: Partial<ParquetParsers> = {
  stringFromBytes: (bytes) => utf8.decode(bytes),
  jsonFromBytes: (bytes) => utf8.decode(bytes),
  uuidFromBytes: (bytes) => {
    const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  },
};

/** A row as the file's columns give it, by their names. */
export type Cells = Readonly<Record<string, unknown>>;

/**
 * The row of the log that the cells were made of.
 * @throws {TypeError} for a cell that is missing or of another type.
 */
export function toLogRow(cells: Cells): LogRow {
  return {
    position: bigintIn(cells, 'position'),
    id: textIn(cells, 'id'),
    timestamp: dateIn(cells, 'timestamp'),
    aggregateId: textIn(cells, STREAM_COLUMN),
    aggregateType: textIn(cells, 'aggregate_type'),
    eventType: textIn(cells, 'event_type'),
    userId: textIn(cells, 'user_id'),
    data: JSON.parse(textIn(cells, 'data')),
    metadata: JSON.parse(textIn(cells, 'metadata')),
    version: integerIn(cells, 'version'),
    // Not so for a cell that is missing: that is `undefined`.
    causationId: cells.causation_id === null ? null : textIn(cells, 'causation_id'),
    correlationId: textIn(cells, 'correlation_id'),
    source: textIn(cells, 'source'),
    schemaVersion: integerIn(cells, 'schema_version'),
    digest: bytesIn(cells, 'digest'),
  };
}

function textIn(cells: Cells, name: string): string {
  const cell = cells[name];
  return typeof cell === 'string' ? cell : wrongCell(name, cell);
}

function integerIn(cells: Cells, name: string): number {
  const cell = cells[name];
  return typeof cell === 'number' ? cell : wrongCell(name, cell);
}

function bigintIn(cells: Cells, name: string): bigint {
  const cell = cells[name];
  return typeof cell === 'bigint' ? cell : wrongCell(name, cell);
}

function dateIn(cells: Cells, name: string): Date {
  const cell = cells[name];
  return cell instanceof Date && !Number.isNaN(cell.getTime()) ? cell : wrongCell(name, cell);
}

function bytesIn(cells: Cells, name: string): Uint8Array {
  const cell = cells[name];
  // A copy: the cell is a window on its whole page, and would keep that in memory.
  return cell instanceof Uint8Array ? Uint8Array.from(cell) : wrongCell(name, cell);
}

function wrongCell(name: string, cell: unknown): never {
  throw new TypeError(`The column ${name} has a cell that does not belong there: ${typeof cell}.`);
}
