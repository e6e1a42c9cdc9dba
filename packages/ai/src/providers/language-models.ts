/**
 * Language models of providers, by the AI SDK: Anthropic, OpenAI, and any server that speaks OpenAI's chat completions,
 * such as Ollama, vLLM or LM Studio.
 *
 * A call that is answered with 408, 409, 429 or 5xx, or not at all, is repeated with growing pauses, or when the
 * provider says; then it fails as `Unavailable`.
 */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { Unavailable } from '@synap/domain';
import {
  type FinishReason,
  generateText,
  type LanguageModelUsage,
  Output,
  type LanguageModel as SdkModel,
  streamText,
} from 'ai';
import type { AnswerPrompt } from '../answer/answer-prompt.ts';
import type { LanguageModel } from '../answer/written-answerer.ts';
import type { StructuredModel } from '../capture/model-analyzer.ts';
import { providerFailure } from './provider-failure.ts';
import { withTimeout } from './with-timeout.ts';

/** Attempts after the first. */
const RETRIES = 2;
/** For all attempts together. */
const TIMEOUT_MS = 60_000;
/** An answer is a few sentences, an analysis a few fields. */
const OUTPUT_TOKENS_MAX = 2000;

/** What a call cost, in the provider's tokens. */
export interface TokenUsage {
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface ProviderOptions {
  /** The model's name at its provider. */
  readonly model: string;
  /** Undefined for a server that needs none. */
  readonly apiKey?: string;
  /** The provider's own if undefined. */
  readonly baseUrl?: string;
  /** Called after each call that was answered. */
  readonly onUsage?: (usage: TokenUsage) => void;
  /** Longest wait for an answer with all attempts, in milliseconds. */
  readonly timeoutMs?: number;
}

/** A model that writes, and that answers in a given form. */
export type ProviderModel = LanguageModel & StructuredModel;

/** A Claude model by Anthropic's API. */
export function anthropicModel(options: ProviderOptions): ProviderModel {
  const { model, apiKey, baseUrl } = options;
  const provider = createAnthropic({ ...(apiKey && { apiKey }), ...(baseUrl && { baseURL: baseUrl }) });
  return fromSdk(`anthropic/${model}`, provider(model), options);
}

/** A model by OpenAI's API, or by another server that speaks it. */
export function openAiModel(options: ProviderOptions): ProviderModel {
  const { model, apiKey, baseUrl } = options;
  const key = apiKey === undefined ? {} : { apiKey };
  if (baseUrl === undefined) return fromSdk(`openai/${model}`, createOpenAI(key)(model), options);
  const provider = createOpenAICompatible({
    ...key,
    name: 'openai-compatible',
    baseURL: baseUrl,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  return fromSdk(`${new URL(baseUrl).host}/${model}`, provider(model), options);
}

function fromSdk(name: string, model: Exclude<SdkModel, string>, options: ProviderOptions): ProviderModel {
  const { onUsage = () => undefined, timeoutMs = TIMEOUT_MS } = options;
  const settings = { model, maxRetries: RETRIES, maxOutputTokens: OUTPUT_TOKENS_MAX };
  const finish = ({ inputTokens = 0, outputTokens = 0 }: LanguageModelUsage, reason: FinishReason): void => {
    onUsage({ model: name, inputTokens, outputTokens });
    if (reason === 'content-filter') throw new Unavailable(name, `${name} declined to answer.`);
  };

  async function* complete({ system, user }: AnswerPrompt, { signal }: { signal?: AbortSignal }) {
    const abortSignal = withTimeout(signal, timeoutMs);
    // Failures come as parts of the stream; without a handler the SDK would print them as well.
    const { fullStream } = streamText({ ...settings, system, prompt: user, abortSignal, onError: () => undefined });
    try {
      for await (const part of fullStream) {
        if (part.type === 'text-delta') yield part.text;
        else if (part.type === 'finish') finish(part.totalUsage, part.finishReason);
        else throwFailure(part, abortSignal);
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw providerFailure(name, error);
    }
  }

  const generate: StructuredModel['generate'] = async (schema, { system, user }, { signal } = {}) => {
    const abortSignal = withTimeout(signal, timeoutMs);
    try {
      const output = Output.object({ schema });
      const result = await generateText({ ...settings, system, prompt: user, output, abortSignal });
      finish(result.totalUsage, result.finishReason);
      return result.output;
    } catch (error) {
      signal?.throwIfAborted();
      throw providerFailure(name, error);
    }
  };

  return { name, complete, generate };
}

function throwFailure(part: { type: string; error?: unknown }, signal: AbortSignal): void {
  if (part.type === 'error') throw part.error;
  if (part.type === 'abort') throw signal.reason;
}
