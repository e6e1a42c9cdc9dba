import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { Unavailable } from '@synap/domain';
import { type EmbeddingModel, embedMany } from 'ai';
import type { TextEmbedder } from '../embedding/text-embedder.ts';
import type { ProviderOptions } from './language-models.ts';
import { providerFailure } from './provider-failure.ts';
import { createProviderThrottle, type ProviderThrottle } from './provider-throttle.ts';
import { withTimeout } from './with-timeout.ts';

const RETRIES = 4;
const TIMEOUT_MS = 120_000;
/** Somebody waits for the answer to a search. */
const INTERACTIVE = { retries: 1, timeoutMs: 15_000 };
const CALLS_AT_A_TIME = 2;
/** Models take some 8,000 tokens; a token of any script is a character at the least. */
const TEXT_MAX_LENGTH = 8000;

export interface ProviderEmbedderOptions extends ProviderOptions {
  /** The length of its vectors: OpenAI's newer models can be asked for fewer than they have. */
  readonly dimensions: number;
}

/**
 * Embeds by OpenAI's API, or by another server that speaks it. No other model stands in for it: vectors of two models
 * cannot be compared.
 *
 * The embedder's `embed` throws `Unavailable` also if the vectors have another length than was said.
 */
export function createProviderEmbedder(options: ProviderEmbedderOptions): TextEmbedder {
  const { baseUrl, dimensions, meter, throttle = createProviderThrottle(), timeoutMs = TIMEOUT_MS } = options;
  const provider = baseUrl === undefined ? 'openai' : new URL(baseUrl).host;
  const name = `${provider}/${options.model}@${dimensions}`;
  const sdkModel = embeddingModel({ ...options, throttle });
  const isClosed = new AbortController();
  return {
    model: name,
    dimensions,
    embed: async (texts, { signal, priority, userId } = {}) => {
      const isAwaited = priority === 'interactive';
      isClosed.signal.throwIfAborted();
      if (texts.length === 0) return [];
      const stop = signal === undefined ? isClosed.signal : AbortSignal.any([signal, isClosed.signal]);
      if (userId !== undefined) await meter?.admit(userId);
      const call = async () => {
        const { embeddings, usage } = await embedMany({
          model: sdkModel,
          // The API refuses an empty text; a space says as little.
          values: texts.map((text) => text.slice(0, TEXT_MAX_LENGTH).trim() || ' '),
          maxRetries: isAwaited ? INTERACTIVE.retries : RETRIES,
          maxParallelCalls: CALLS_AT_A_TIME,
          abortSignal: withTimeout(stop, isAwaited ? Math.min(timeoutMs, INTERACTIVE.timeoutMs) : timeoutMs),
          ...(baseUrl === undefined && { providerOptions: { openai: { dimensions } } }),
        });
        const used = { model: `${provider}/${options.model}`, inputTokens: usage.tokens, outputTokens: 0 };
        if (userId !== undefined) await meter?.record(userId, used);
        return embeddings.map((embedding) => unitVector(name, embedding, dimensions));
      };
      try {
        return await throttle.run(call, { signal: stop, isAwaited });
      } catch (error) {
        stop.throwIfAborted();
        throw providerFailure(name, error);
      }
    },
    close: async () => isClosed.abort(new Error('The embedder is closed.')),
  };
}

function embeddingModel({
  model,
  apiKey,
  baseUrl,
  throttle,
}: ProviderEmbedderOptions & { throttle: ProviderThrottle }): EmbeddingModel {
  const key = { fetch: throttle.fetch, ...(apiKey === undefined ? {} : { apiKey }) };
  if (baseUrl === undefined) return createOpenAI(key).embeddingModel(model);
  return createOpenAICompatible({ ...key, name: 'openai-compatible', baseURL: baseUrl }).embeddingModel(model);
}

function unitVector(model: string, embedding: readonly number[], dimensions: number): Float32Array {
  if (embedding.length !== dimensions) {
    const message = `${model} answered vectors of ${embedding.length} numbers, not ${dimensions}. Set EMBEDDING_DIMENSIONS to what it has.`;
    throw new Unavailable(model, message);
  }
  const length = Math.hypot(...embedding);
  return Float32Array.from(embedding, (value) => (length === 0 ? 0 : value / length));
}
