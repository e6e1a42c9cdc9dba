/**
 * Vectors in Qdrant, by its REST API (https://api.qdrant.tech, 1.13 and newer): one collection for each generation, one
 * point for each chunk of a revision.
 *
 * All users share a collection, as Qdrant advises for many tenants: the graph is built for each user by itself
 * (`payload_m`, and none over all), by a payload index that says who is a tenant. So a filter by user costs no recall.
 */
import { QdrantClient } from '@qdrant/js-client-rest';
import { Unavailable, type UserId } from '@synap/domain';
import { v5 as uuidV5 } from 'uuid';
import type { Generation } from '../pgvector/generations.ts';
import type { RevisionChunk, RevisionKey, VectorStore, VectorsAmong } from '../vectors/vector-store.ts';

/** Where a Qdrant is, and the key that opens it, if it needs one. */
export interface QdrantConnection {
  readonly url: string;
  readonly apiKey: string | null;
}

const REQUEST_TIMEOUT_MS = 30_000;
/** A request with so many vectors of 1,536 numbers is some megabytes; Qdrant takes up to 32. */
const POINTS_PER_REQUEST = 200;
/** So many values are matched in one condition. */
const VALUES_PER_CONDITION = 5_000;
const POINTS_PER_PAGE = 1_000;
/** Links of a point within its user's graph, as pgvector's default. */
const LINKS_PER_POINT = 16;
/** How many vectors a walk keeps in sight, as the index in PostgreSQL does. */
const EF_SEARCH = 200;
/** From this the ids of points are made, so that the same chunk has the same id wherever it is put from. */
const POINT_NAMESPACE = '5a9a1d9e-6d0f-5e0b-8a64-2f5f6d0f7c11';

/** Opens nothing: the first request does. */
export function createQdrantVectors({ url, apiKey }: QdrantConnection): VectorStore {
  const client = new QdrantClient({
    url,
    ...(apiKey === null ? {} : { apiKey }),
    // The client takes 6333 for any address without a port, also for https://.
    ...(new URL(url).port === '' ? { port: url.startsWith('https:') ? 443 : 80 } : {}),
    timeout: REQUEST_TIMEOUT_MS,
    checkCompatibility: false,
  });
  const prepared = new Set<string>();

  return {
    name: 'qdrant',

    prepare: (generation) =>
      asking(async () => {
        const name = collectionOf(generation);
        if (prepared.has(name) || generation.dimensions === null) return;
        if (!(await client.collectionExists(name)).exists) await createCollection(client, name, generation.dimensions);
        await createIndexes(client, name);
        prepared.add(name);
      }),

    put: (generation, { userId, embeddings, ...revision }, { isPresent }) =>
      asking(async () => {
        const points = embeddings.map((embedding, chunkIndex) => ({
          id: pointOf({ ...revision, chunkIndex }),
          vector: [...embedding],
          payload: payloadOf(userId, { ...revision, chunkIndex }, isPresent),
        }));
        for (let from = 0; from < points.length; from += POINTS_PER_REQUEST) {
          await client.upsert(collectionOf(generation), {
            wait: true,
            points: points.slice(from, from + POINTS_PER_REQUEST),
          });
        }
      }),

    markPresent: (generation, userId, revision) =>
      asking(async () => {
        const name = collectionOf(generation);
        const ofThing = [matches('user_id', userId), matches('entity_id', revision.entityId)];
        const isIt = matches('revision', revisionOf(revision));
        const others = { must: [...ofThing, matches('is_present', true)], must_not: [isIt] };
        await client.setPayload(name, { wait: true, payload: { is_present: false }, filter: others });
        const own = { must: [...ofThing, isIt, matches('is_present', false)] };
        await client.setPayload(name, { wait: true, payload: { is_present: true }, filter: own });
      }),

    nearest: (generation, { userId, embedding, limit }, among) =>
      asking(async () => {
        const found = await Promise.all(
          conditionsOf(among).map(async (conditions) => {
            const { points } = await client.query(collectionOf(generation), {
              query: [...embedding],
              filter: { must: [matches('user_id', userId), ...conditions] },
              params: { hnsw_ef: Math.max(EF_SEARCH, limit) },
              limit,
              with_payload: true,
            });
            return points;
          }),
        );
        const points = found.flat().sort((left, right) => right.score - left.score);
        return points.slice(0, limit).map(({ payload }) => chunkOf(payload ?? {}));
      }),

    similarities: (generation, { userId, embedding }, chunks) =>
      asking(async () => {
        const scores = new Map<string, number>();
        for (const ids of partsOf(chunks.map(pointOf), POINTS_PER_PAGE)) {
          const { points } = await client.query(collectionOf(generation), {
            query: [...embedding],
            filter: { must: [matches('user_id', userId), { has_id: ids }] },
            params: { exact: true },
            limit: ids.length,
          });
          for (const { id, score } of points) scores.set(String(id), score);
        }
        return chunks.map((chunk) => scores.get(pointOf(chunk)) ?? null);
      }),

    embeddings: (generation, userId, chunks) =>
      asking(async () => {
        const vectors = new Map<string, Float32Array>();
        for (const ids of partsOf(chunks.map(pointOf), POINTS_PER_REQUEST)) {
          const records = await client.retrieve(collectionOf(generation), {
            ids,
            with_payload: ['user_id'],
            with_vector: true,
          });
          for (const { id, vector, payload } of records) {
            if (payload?.user_id === userId) vectors.set(String(id), numbersOf(vector));
          }
        }
        return chunks.flatMap((chunk) => vectors.get(pointOf(chunk)) ?? []);
      }),

    count: (generation, userId) =>
      asking(async () => {
        const name = collectionOf(generation);
        if (!(await client.collectionExists(name)).exists) return 0;
        return (await client.count(name, { filter: { must: [matches('user_id', userId)] }, exact: true })).count;
      }),

    forget: (generation, { userId, entityId }) =>
      asking(async () => {
        const name = collectionOf(generation);
        if (!(await client.collectionExists(name)).exists) return 0;
        const filter = {
          must: [matches('user_id', userId), ...(entityId === undefined ? [] : [matches('entity_id', entityId)])],
        };
        const { count } = await client.count(name, { filter, exact: true });
        if (count > 0) await client.delete(name, { wait: true, filter });
        return count;
      }),

    async *things(generation) {
      const name = collectionOf(generation);
      if (!(await asking(() => client.collectionExists(name))).exists) return;
      let offset: string | number | undefined;
      do {
        const page = await asking(() =>
          client.scroll(name, {
            limit: POINTS_PER_PAGE,
            with_payload: ['user_id', 'entity_id'],
            ...(offset === undefined ? {} : { offset }),
          }),
        );
        yield page.points.map(({ payload }) => ({
          userId: String(payload?.user_id),
          entityId: String(payload?.entity_id),
        }));
        const next = page.next_page_offset;
        offset = typeof next === 'string' || typeof next === 'number' ? next : undefined;
      } while (offset !== undefined);
    },

    drop: (generation) =>
      asking(async () => {
        const name = collectionOf(generation);
        prepared.delete(name);
        if ((await client.collectionExists(name)).exists) await client.deleteCollection(name);
      }),

    describe: () => asking(async () => `Qdrant ${(await client.versionInfo()).version}`),
  };
}

/** A copy of a database remembers the same generations: it must be given a Qdrant of its own. */
function collectionOf({ id, createdAt }: Generation): string {
  return `synap_${createdAt.getTime().toString(36)}_${id}`;
}

async function createCollection(client: QdrantClient, name: string, dimensions: number): Promise<void> {
  try {
    await client.createCollection(name, {
      vectors: { size: dimensions, distance: 'Cosine', datatype: 'float16' },
      hnsw_config: { m: 0, payload_m: LINKS_PER_POINT },
    });
  } catch (error) {
    // Another process was quicker.
    if (!(await client.collectionExists(name)).exists) throw error;
  }
}

async function createIndexes(client: QdrantClient, name: string): Promise<void> {
  const indexes = {
    user_id: { type: 'keyword', is_tenant: true },
    entity_id: 'keyword',
    revision: 'keyword',
    is_present: 'bool',
  } as const;
  for (const [field, schema] of Object.entries(indexes)) {
    await client.createPayloadIndex(name, { wait: true, field_name: field, field_schema: schema });
  }
}

function revisionOf({ entityId, checksum, titleDigest }: RevisionKey): string {
  return uuidV5(`${entityId}/${checksum}/${titleDigest}`, POINT_NAMESPACE);
}

function pointOf(chunk: RevisionChunk): string {
  return uuidV5(`${revisionOf(chunk)}/${chunk.chunkIndex}`, POINT_NAMESPACE);
}

function payloadOf(userId: UserId, chunk: RevisionChunk, isPresent: boolean) {
  const { entityId, chunkIndex, checksum, titleDigest } = chunk;
  return {
    user_id: userId,
    entity_id: entityId,
    chunk_index: chunkIndex,
    checksum,
    title_digest: titleDigest,
    revision: revisionOf(chunk),
    is_present: isPresent,
  };
}

function chunkOf(payload: Readonly<Record<string, unknown>>): RevisionChunk {
  return {
    entityId: String(payload.entity_id),
    chunkIndex: Number(payload.chunk_index),
    checksum: String(payload.checksum),
    titleDigest: String(payload.title_digest),
  };
}

function matches(key: string, value: string | boolean) {
  return { key, match: { value } };
}

/** The conditions of as many requests as are needed, each with no more values than one condition takes. */
function conditionsOf(among: VectorsAmong) {
  switch (among.kind) {
    case 'present':
      return [[matches('is_present', true)]];
    case 'things':
      return partsOf(among.entityIds, VALUES_PER_CONDITION).map((any) => [
        matches('is_present', true),
        { key: 'entity_id', match: { any } },
      ]);
    case 'revisions':
      return partsOf(among.revisions.map(revisionOf), VALUES_PER_CONDITION).map((any) => [
        { key: 'revision', match: { any } },
      ]);
  }
}

function partsOf<Item>(items: readonly Item[], size: number): Item[][] {
  const parts: Item[][] = [];
  for (let from = 0; from < items.length; from += size) parts.push(items.slice(from, from + size));
  return parts;
}

function numbersOf(vector: unknown): Float32Array {
  return Float32Array.from(Array.isArray(vector) ? vector : [], Number);
}

/**
 * Asks once more where the connection broke, as one that was idle does when it is used just as the other side closes it:
 * all that is asked here can be repeated.
 * @throws {Unavailable} for whatever the client throws: there is nothing that a caller could do about it otherwise.
 */
async function asking<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask().catch((error: unknown) => (isBrokenOff(error) ? ask() : Promise.reject(error)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Unavailable(
      'qdrant',
      `Qdrant did not do what was asked: ${reason}. Check QDRANT_URL and QDRANT_API_KEY.`,
      {
        cause: error,
      },
    );
  }
}

/** So `fetch` says that there was no answer. */
function isBrokenOff(error: unknown): boolean {
  return error instanceof TypeError && error.message === 'fetch failed';
}
