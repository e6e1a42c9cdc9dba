import fc from 'fast-check';
import { parquetMetadata } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import type { LogRow } from './log-row.ts';
import { describeSegment, encodeSegment, readSegment, type SegmentSource } from './segment-codec.ts';

const USER = '01890000-0000-7000-8000-000000000003';

function uuid(kind: string, number: number): string {
  return `01890000-0000-7000-8${kind}-${number.toString(16).padStart(12, '0')}`;
}

function aRow(overrides: Partial<LogRow> = {}): LogRow {
  return {
    position: 1n,
    id: uuid('e00', 1),
    timestamp: new Date('2026-11-24T10:00:00.123Z'),
    aggregateId: uuid('a00', 1),
    aggregateType: 'entity',
    eventType: 'entity.tag_added',
    userId: USER,
    data: { tag: 'home' },
    metadata: { actor: { kind: 'user', id: USER }, command: 'notes.create' },
    version: 1,
    causationId: null,
    correlationId: uuid('c00', 1),
    source: 'api',
    schemaVersion: 1,
    digest: new Uint8Array(32).fill(7),
    ...overrides,
  };
}

/** Numbers that look random and are the same in every run. */
function randomNumbers(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A person's history as it is written: titles, tags and files, spread over notes that are edited again and again. */
function aHistory({ events, notes }: { events: number; notes: number }): LogRow[] {
  const random = randomNumbers();
  const hex = (length: number): string => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  const vocabulary = Array.from({ length: 2_000 }, () =>
    Array.from({ length: 3 + Math.floor(random() * 7) }, () => String.fromCharCode(97 + random() ** 1.5 * 26)).join(''),
  );
  const words = (count: number): string =>
    Array.from({ length: count }, () => vocabulary[Math.floor(random() ** 3 * vocabulary.length)]).join(' ');
  const start = Date.UTC(2026, 0, 1);
  const idAt = (time: number): string => {
    const at = time.toString(16).padStart(12, '0');
    return `${at.slice(0, 8)}-${at.slice(8)}-7${hex(3)}-8${hex(3)}-${hex(12)}`;
  };
  const streams = Array.from({ length: notes }, (_, note) => ({
    id: idAt(start + note * 60_000),
    version: 0,
    title: words(8),
  }));
  const happenings = [
    (stream: { title: string }) => {
      const oldValue = stream.title;
      stream.title = words(20);
      return { eventType: 'entity.title_changed', data: { oldValue, newValue: stream.title } };
    },
    () => ({ eventType: 'entity.tag_added', data: { tag: words(1) } }),
    ({ id }: { id: string }) => {
      const filePath = `users/${USER}/notes/${id}.md`;
      const preview = words(40).slice(0, 200);
      const data = {
        filePath,
        fileSize: Math.floor(random() * 9_000),
        fileType: 'markdown',
        checksum: hex(64),
        preview,
      };
      return { eventType: 'entity.file_uploaded', data };
    },
  ];
  return Array.from({ length: events }, (_, index) => {
    const stream = streams[Math.floor(random() * notes)];
    const happening = happenings[Math.floor(random() * happenings.length)];
    if (stream === undefined || happening === undefined) throw new Error('There is always one.');
    stream.version += 1;
    const time = start + index * 60_000 + Math.floor(random() * 60_000);
    return aRow({
      ...happening(stream),
      position: BigInt(index * 2 + 1),
      id: idAt(time),
      timestamp: new Date(time),
      aggregateId: stream.id,
      version: stream.version,
      correlationId: idAt(time),
      digest: Uint8Array.from(Buffer.from(hex(64), 'hex')),
    });
  });
}

/** A source that notes what was read of it. */
function sourceOf(bytes: Uint8Array): SegmentSource & { readonly reads: { start: number; end: number }[] } {
  const reads: { start: number; end: number }[] = [];
  return {
    sizeBytes: bytes.length,
    reads,
    read: async (range) => {
      reads.push(range);
      return bytes.subarray(range.start, range.end);
    },
  };
}

async function collect(rows: AsyncIterable<LogRow>): Promise<LogRow[]> {
  const collected: LogRow[] = [];
  for await (const row of rows) collected.push(row);
  return collected;
}

function readBack(bytes: Uint8Array, aggregateIds?: readonly string[]): Promise<LogRow[]> {
  return collect(readSegment(sourceOf(bytes), aggregateIds === undefined ? {} : { aggregateIds }));
}

function inOrder(rows: readonly LogRow[]): LogRow[] {
  return rows.toSorted((a, b) => {
    if (a.aggregateId !== b.aggregateId) return a.aggregateId < b.aggregateId ? -1 : 1;
    return a.version - b.version;
  });
}

const jsonObject = fc
  .dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }), { noNullPrototype: true })
  // A negative zero is no JSON value: it is written as 0.
  .map((values): unknown => JSON.parse(JSON.stringify(values)));
const anId = fc.uuid();
const randomRow = fc.record(
  {
    position: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
    id: anId,
    timestamp: fc.date({ noInvalidDate: true }),
    aggregateId: fc.oneof(anId, fc.constantFrom(uuid('a00', 1), uuid('a00', 2))),
    aggregateType: fc.string({ unit: 'binary' }),
    eventType: fc.string({ unit: 'binary' }),
    userId: fc.constant(USER),
    data: jsonObject,
    metadata: jsonObject,
    version: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    causationId: fc.option(anId),
    correlationId: anId,
    source: fc.constantFrom('api', 'sync', '\ufeffimport'),
    schemaVersion: fc.integer({ min: 1, max: 2 ** 15 - 1 }),
    digest: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  },
  { noNullPrototype: true },
);
const randomRows = fc.uniqueArray(randomRow, {
  minLength: 1,
  maxLength: 300,
  size: 'medium',
  selector: ({ aggregateId, version }) => `${aggregateId} ${version}`,
});

test('whatever rows go in, the same come out, by aggregate and version', async () => {
  await fc.assert(
    fc.asyncProperty(randomRows, async (rows) => {
      expect(await readBack(encodeSegment(rows))).toStrictEqual(inOrder(rows));
    }),
  );
});

test.each([
  [{}],
  [{ nothing: null, list: [], object: {}, nested: [[], [{ deep: [1, [2, [3]]] }]] }],
  [{ large: 1e21, small: 0.1, least: 5e-324, exact: Number.MAX_SAFE_INTEGER, negative: -1.5 }],
  [{ text: 'Grüße, 世界, \u0000, \ufeff, "quoted", \\ and \u2028', emoji: '👩‍👩‍👧‍👦🏳️‍🌈', '🔑': true }],
  [JSON.parse('{"__proto__": {"own": 1}, "constructor": 2, "toJSON": 3}')],
])('the JSON value %j comes back as it was', async (data) => {
  const [row] = await readBack(encodeSegment([aRow({ data, metadata: data })]));
  expect(row?.data).toStrictEqual(data);
  expect(JSON.stringify(row?.metadata)).toBe(JSON.stringify(data));
});

test('rows with equal values do not share them: who changes one changes no other', async () => {
  const rows = Array.from({ length: 100 }, (_, index) => aRow({ version: index + 1 }));
  const [first, second] = await readBack(encodeSegment(rows));
  expect(first?.metadata).toStrictEqual(second?.metadata);
  expect(first?.metadata).not.toBe(second?.metadata);
  expect(first?.timestamp).not.toBe(second?.timestamp);
  expect(first?.digest.buffer).not.toBe(second?.digest.buffer);
});

test('rows of much data, over several pages and row groups, come out whole', async () => {
  const random = randomNumbers();
  const text = (): string => Array.from({ length: 60 }, () => random().toString(36)).join('');
  const rows = Array.from({ length: 9_001 }, (_, index) =>
    aRow({ aggregateId: uuid('a00', index % 2), version: 1 + index, data: { text: text() } }),
  );
  expect(await readBack(encodeSegment(rows))).toStrictEqual(inOrder(rows));
});

test('the order of what goes in does not show in the file', () => {
  const rows = aHistory({ events: 500, notes: 20 });
  expect(encodeSegment(rows.toReversed())).toStrictEqual(encodeSegment(rows));
});

test('streams are in the order of their ids as text, whatever their first digit', async () => {
  const ids = ['ffffffff', '7fffffff', '80000000', '00000000', 'a0000000', '9fffffff'];
  const rows = ids.map((start) => aRow({ aggregateId: `${start}-0000-7000-8000-000000000001` }));
  const found = (await readBack(encodeSegment(rows))).map(({ aggregateId }) => aggregateId.slice(0, 8));
  expect(found).toStrictEqual(ids.toSorted());
});

test('one stream of five thousand costs the footer and less than a tenth of the file', async () => {
  const rows = aHistory({ events: 50_000, notes: 5_000 });
  const bytes = encodeSegment(rows);
  for (const note of [0, 777, 2_500, 4_999]) {
    const aggregateId = inOrder(rows).at(note * 10)?.aggregateId ?? '';
    const source = sourceOf(bytes);
    const found = await collect(readSegment(source, { aggregateIds: [aggregateId] }));
    expect(found).toStrictEqual(inOrder(rows.filter((row) => row.aggregateId === aggregateId)));
    const [footer, ...groups] = source.reads.map(({ start, end }) => end - start);
    expect(footer).toBeLessThanOrEqual(64 * 1024);
    expect(groups).toHaveLength(1);
    expect(groups[0]).toBeLessThan(bytes.length / 10);
  }
});

test('a stream that is longer than a row group is read whole, in order', async () => {
  const long = Array.from({ length: 9_500 }, (_, index) => aRow({ aggregateId: uuid('a00', 2), version: index + 1 }));
  const bytes = encodeSegment([...long, aRow(), aRow({ aggregateId: uuid('a00', 3) })]);
  expect(await readBack(bytes, [uuid('a00', 2)])).toStrictEqual(long);
  expect(await readBack(bytes, [uuid('a00', 3), uuid('a00', 1)])).toHaveLength(2);
});

test('streams that are not in the file cost its footer at the most, beside a row group where they could be', async () => {
  const rows = [1, 3].map((number) => aRow({ aggregateId: uuid('a00', number) }));
  const source = sourceOf(encodeSegment(rows));
  expect(await collect(readSegment(source, { aggregateIds: [uuid('a00', 0), uuid('a00', 4)] }))).toStrictEqual([]);
  expect(source.reads).toHaveLength(1);
  expect(await collect(readSegment(source, { aggregateIds: [uuid('a00', 2)] }))).toStrictEqual([]);
  expect(await collect(readSegment(source, { aggregateIds: [] }))).toStrictEqual([]);
});

test('a consumer that stops early leaves the other row groups unread', async () => {
  const source = sourceOf(encodeSegment(aHistory({ events: 20_000, notes: 2_000 })));
  for await (const row of readSegment(source)) {
    expect(row.version).toBe(1);
    break;
  }
  expect(source.reads).toHaveLength(2);
});

test('a segment describes itself by its footer alone', async () => {
  const rows = aHistory({ events: 10_000, notes: 1_000 });
  const source = sourceOf(encodeSegment(rows));
  const from = rows[0]?.timestamp;
  const to = rows.at(-1)?.timestamp;
  const expected = { userId: USER, count: 10_000, minPosition: 1n, maxPosition: 19_999n, from, to };
  expect(await describeSegment(source)).toStrictEqual(expected);
  expect(source.reads).toHaveLength(1);
});

test('a footer that is longer than the first read is read whole', async () => {
  // The footer notes the least and the greatest source of a row group, however long: as much as of many row groups.
  const rows = [aRow({ source: 'a'.repeat(50_000) }), aRow({ source: 'b'.repeat(50_000), version: 2 })];
  const bytes = encodeSegment(rows);
  expect(parquetMetadata(bytes).metadata_length).toBeGreaterThan(64 * 1024);
  expect((await describeSegment(sourceOf(bytes))).count).toBe(2);
  expect(await readBack(bytes)).toStrictEqual(rows);
});

test('rows of several users, or none, make no segment', () => {
  const stranger = '01890000-0000-7000-8000-000000000009';
  expect(() => encodeSegment([aRow(), aRow({ userId: stranger })])).toThrow(stranger);
  expect(() => encodeSegment([])).toThrow('at least one event');
});

test('what would come back changed is not written', () => {
  expect(() => encodeSegment([aRow({ id: uuid('e00', 10).toUpperCase() })])).toThrow('lower-case');
  expect(() => encodeSegment([aRow({ correlationId: 'c' })])).toThrow('UUID');
  expect(() => encodeSegment([aRow({ data: undefined })])).toThrow('JSON');
  expect(() => encodeSegment([aRow({ digest: new Uint8Array(31) })])).toThrow('length 32');
  expect(() => encodeSegment([aRow({ position: 2n ** 63n })])).toThrow('out of range');
});

test('a file is refused wherever it was cut off', async () => {
  const bytes = encodeSegment(aHistory({ events: 300, notes: 30 }));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), async (length) => {
      const cut = bytes.subarray(0, length);
      await expect(readBack(cut)).rejects.toThrow(Error);
      await expect(describeSegment(sourceOf(cut))).rejects.toThrow(Error);
    }),
  );
});

test('a file that lacks bytes at its start or in its midst is refused before any row is read', async () => {
  const bytes = encodeSegment(aHistory({ events: 300, notes: 30 }));
  await fc.assert(
    fc.asyncProperty(fc.nat(5_000), fc.integer({ min: 1, max: 100 }), async (start, count) => {
      const lacking = Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + count)]);
      await expect(describeSegment(sourceOf(lacking))).rejects.toThrow('damaged');
    }),
  );
});

test('a store that answers with less than was asked for is noticed', async () => {
  const bytes = encodeSegment(aHistory({ events: 300, notes: 30 }));
  const cut = bytes.subarray(0, bytes.length - 1);
  await expect(describeSegment({ ...sourceOf(cut), sizeBytes: bytes.length })).rejects.toThrow('cut off');
});

test('a changed page is noticed by its checksum', async () => {
  const bytes = encodeSegment(aHistory({ events: 300, notes: 30 }));
  // The digests come last of all columns, and no compression makes them smaller.
  const place = parquetMetadata(bytes).row_groups[0]?.columns.at(-1)?.meta_data?.data_page_offset;
  const changed = bytes.slice();
  changed[Number(place) + 1_000] = (changed[Number(place) + 1_000] ?? 0) ^ 1;
  await expect(readBack(changed)).rejects.toThrow('damaged in its rows 0 to 299');
});

test('an error of the store is handed on as it is, not taken for damage', async () => {
  const failure = new Error('The store does not answer.');
  const source: SegmentSource = { sizeBytes: 1_000, read: () => Promise.reject(failure) };
  await expect(describeSegment(source)).rejects.toBe(failure);
});

test('a Parquet file of another origin, or of another version, is refused by name', async () => {
  const columnData = [{ name: 'position', data: [1n, 2n] }];
  const foreign = new Uint8Array(parquetWriteBuffer({ columnData }));
  await expect(readBack(foreign)).rejects.toThrow(
    "Expected 'event-segment' in version 1, but found a Parquet file of another origin.",
  );
  const kvMetadata = [
    { key: 'synap.format', value: 'event-segment' },
    { key: 'synap.formatVersion', value: '2' },
  ];
  const newer = new Uint8Array(parquetWriteBuffer({ columnData, kvMetadata }));
  await expect(describeSegment(sourceOf(newer))).rejects.toThrow(
    "Expected 'event-segment' in version 1, but found 'event-segment' in version 2.",
  );
});

test('what is no Parquet file is refused as such', async () => {
  for (const text of [
    '',
    'PAR',
    'PAR1',
    'a text that is no Parquet file',
    'PAR1\0\0\0\0PAR1',
    'PAR1\xff\xff\0\0PAR1',
  ]) {
    await expect(readBack(Buffer.from(text, 'latin1'))).rejects.toThrow(/Parquet|footer/);
  }
});

test('columns are named and typed as other readers know them', () => {
  const { schema } = parquetMetadata(encodeSegment([aRow()]));
  const [, ...columns] = schema.map(({ name, type, converted_type, logical_type, repetition_type }) =>
    [name, repetition_type, converted_type ?? logical_type?.type ?? type].join(' '),
  );
  expect(columns).toStrictEqual([
    'position REQUIRED INT64',
    'id REQUIRED UUID',
    'timestamp REQUIRED TIMESTAMP_MILLIS',
    'aggregate_id REQUIRED UUID',
    'aggregate_type REQUIRED UTF8',
    'event_type REQUIRED UTF8',
    'user_id REQUIRED UUID',
    'data REQUIRED JSON',
    'metadata REQUIRED JSON',
    'version REQUIRED INT32',
    'causation_id OPTIONAL UUID',
    'correlation_id REQUIRED UUID',
    'source REQUIRED UTF8',
    'schema_version REQUIRED INT32',
    'digest REQUIRED FIXED_LEN_BYTE_ARRAY',
  ]);
});

test('a segment is at least four times smaller than its events as lines of JSON', () => {
  const rows = aHistory({ events: 10_000, notes: 1_000 });
  const lines = rows.map((row) =>
    JSON.stringify({ ...row, position: String(row.position), digest: Buffer.from(row.digest).toString('hex') }),
  );
  expect(encodeSegment(rows).length * 4).toBeLessThan(Buffer.byteLength(lines.join('\n')));
});
