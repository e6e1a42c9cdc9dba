import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Tokenizer } from '@huggingface/tokenizers';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** The sentence-transformers name of the model; vectors carry it. */
export const MINILM_MODEL = 'all-minilm-l6-v2';
export const MINILM_DIMENSIONS = 384;

/** The model was trained on up to 256 word pieces, the two marks around the text included; what follows is cut off. */
const MINILM_MAX_TOKENS = 256;

/** all-MiniLM-L6-v2, loaded in this thread. It blocks the thread while it computes: use it in a worker. */
export interface MiniLm {
  /** The unit vectors of the texts one after the other, `MINILM_DIMENSIONS` numbers each. */
  embed(texts: readonly string[]): Promise<Float32Array<ArrayBuffer>>;
  release(): Promise<void>;
}

/**
 * Loads model and tokeniser from `@synap/model-minilm`.
 *
 * Memory stays flat because ONNX Runtime keeps no arena: with one, the largest batch ever seen stays allocated.
 */
export async function loadMiniLm({ threads }: { threads: number }): Promise<MiniLm> {
  const require = createRequire(import.meta.url);
  const tokenizer = new Tokenizer(
    JSON.parse(await readFile(require.resolve('@synap/model-minilm/tokenizer.json'), 'utf8')),
    JSON.parse(await readFile(require.resolve('@synap/model-minilm/tokenizer_config.json'), 'utf8')),
  );
  const session = await InferenceSession.create(require.resolve('@synap/model-minilm/model.onnx'), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableCpuMemArena: false,
    enableMemPattern: false,
  });
  return {
    async embed(texts) {
      const batch = toBatch(texts.map((text) => tokenIds(tokenizer, text)));
      const output = (await session.run(batch.inputs)).last_hidden_state;
      if (!(output?.data instanceof Float32Array)) throw new Error('the model gave no last_hidden_state of floats');
      return meanPooled(output.data, batch);
    },
    release: () => session.release(),
  };
}

function tokenIds(tokenizer: Tokenizer, text: string): number[] {
  const { ids } = tokenizer.encode(text);
  if (ids.length <= MINILM_MAX_TOKENS) return ids;
  // Keep the closing mark ([SEP]): the model expects it at the end.
  return [...ids.slice(0, MINILM_MAX_TOKENS - 1), ...ids.slice(-1)];
}

interface Batch {
  readonly inputs: Record<string, Tensor>;
  /** Tokens of each text, without padding. */
  readonly lengths: readonly number[];
  /** Tokens of each row, padding included. */
  readonly width: number;
}

/** Pads every row to the longest of the batch, no further. */
function toBatch(rows: readonly (readonly number[])[]): Batch {
  const lengths = rows.map((row) => row.length);
  const width = Math.max(1, ...lengths);
  const ids = new BigInt64Array(rows.length * width);
  const mask = new BigInt64Array(rows.length * width);
  for (const [index, row] of rows.entries()) {
    ids.set(row.map(BigInt), index * width);
    mask.fill(1n, index * width, index * width + row.length);
  }
  const shape = [rows.length, width];
  return {
    inputs: {
      input_ids: new Tensor('int64', ids, shape),
      attention_mask: new Tensor('int64', mask, shape),
      token_type_ids: new Tensor('int64', new BigInt64Array(ids.length), shape),
    },
    lengths,
    width,
  };
}

/** The mean of a text's token vectors, scaled to length 1 (Reimers and Gurevych, Sentence-BERT, 2019). */
function meanPooled(hidden: Float32Array, { lengths, width }: Batch): Float32Array<ArrayBuffer> {
  const pooled = new Float32Array(lengths.length * MINILM_DIMENSIONS);
  for (const [row, length] of lengths.entries()) {
    const vector = pooled.subarray(row * MINILM_DIMENSIONS, (row + 1) * MINILM_DIMENSIONS);
    for (let token = 0; token < length; token++) {
      const offset = (row * width + token) * MINILM_DIMENSIONS;
      for (let axis = 0; axis < MINILM_DIMENSIONS; axis++) {
        vector[axis] = (vector[axis] ?? 0) + (hidden[offset + axis] ?? 0);
      }
    }
    normalise(vector);
  }
  return pooled;
}

/** In place. The factor of the mean cancels out, so sums will do. */
function normalise(vector: Float32Array): void {
  const length = Math.hypot(...vector);
  if (length > 0) for (let axis = 0; axis < vector.length; axis++) vector[axis] = (vector[axis] ?? 0) / length;
}
