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
import { Unavailable, type UserId } from '@synap/domain';
import {
  type FinishReason,
  generateText,
  type LanguageModelUsage,
  NoObjectGeneratedError,
  Output,
  type LanguageModel as SdkModel,
  streamText,
} from 'ai';
import type { AnswerPrompt } from '../answer/answer-prompt.ts';
import type { LanguageModel } from '../answer/written-answerer.ts';
import type { CallOptions } from '../call-options.ts';
import type { StructuredModel } from '../capture/model-analyzer.ts';
import type { SpendingMeter } from '../spending/spending-meter.ts';
import { providerFailure } from './provider-failure.ts';
import { createProviderThrottle, type ProviderThrottle } from './provider-throttle.ts';
import { withTimeout } from './with-timeout.ts';

/** Attempts after the first. */
const RETRIES = 2;
/** For all attempts together. */
const TIMEOUT_MS = 60_000;
/** An answer is a few sentences, an analysis a few fields. */
const OUTPUT_TOKENS_MAX = 2000;

export interface ProviderOptions {
  /** The model's name at its provider. */
  readonly model: string;
  /** Undefined for a server that needs none. */
  readonly apiKey?: string;
  /** The provider's own if undefined. */
  readonly baseUrl?: string;
  /** Asked before each call that is made for somebody, and told after it what it took. */
  readonly meter?: SpendingMeter;
  /** Of the provider: its models share it. */
  readonly throttle?: ProviderThrottle;
  /** Longest wait for an answer with all attempts, in milliseconds. */
  readonly timeoutMs?: number;
}

/** A model that writes, and that answers in a given form. */
export type ProviderModel = LanguageModel & StructuredModel;

/** A Claude model by Anthropic's API. */
export function anthropicModel(options: ProviderOptions): ProviderModel {
  const { model, apiKey, baseUrl, throttle = createProviderThrottle() } = options;
  const { fetch } = throttle;
  const provider = createAnthropic({ fetch, ...(apiKey && { apiKey }), ...(baseUrl && { baseURL: baseUrl }) });
  return fromSdk(`anthropic/${model}`, provider(model), { ...options, throttle });
}

/** A model by OpenAI's API, or by another server that speaks it. */
export function openAiModel(options: ProviderOptions): ProviderModel {
  const { model, apiKey, baseUrl, throttle = createProviderThrottle() } = options;
  const key = { fetch: throttle.fetch, ...(apiKey === undefined ? {} : { apiKey }) };
  if (baseUrl === undefined) return fromSdk(`openai/${model}`, createOpenAI(key)(model), { ...options, throttle });
  const provider = createOpenAICompatible({
    ...key,
    name: 'openai-compatible',
    baseURL: baseUrl,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  return fromSdk(`${new URL(baseUrl).host}/${model}`, provider(model), { ...options, throttle });
}

function fromSdk(
  name: string,
  model: Exclude<SdkModel, string>,
  options: ProviderOptions & { throttle: ProviderThrottle },
): ProviderModel {
  const { meter, throttle, timeoutMs = TIMEOUT_MS } = options;
  const settings = { model, maxRetries: RETRIES, maxOutputTokens: OUTPUT_TOKENS_MAX };

  const admit = async (userId: UserId | undefined): Promise<void> => {
    if (userId !== undefined) await meter?.admit(userId);
  };
  const record = async (usage: LanguageModelUsage | undefined, userId: UserId | undefined): Promise<void> => {
    const { inputTokens = 0, outputTokens = 0 } = usage ?? {};
    if (userId !== undefined) await meter?.record(userId, { model: name, inputTokens, outputTokens });
  };
  const refuseDeclined = (reason: FinishReason): void => {
    if (reason === 'content-filter') throw new Unavailable(name, `${name} declined to answer.`);
  };

  async function* speak({ system, user }: AnswerPrompt, { signal, userId }: CallOptions): AsyncGenerator<string> {
    const abortSignal = withTimeout(signal, timeoutMs);
    // Failures come as parts of the stream; without a handler the SDK would print them as well.
    const { fullStream } = streamText({ ...settings, system, prompt: user, abortSignal, onError: () => undefined });
    try {
      for await (const part of fullStream) {
        if (part.type === 'text-delta') yield part.text;
        else if (part.type === 'finish') {
          await record(part.totalUsage, userId);
          refuseDeclined(part.finishReason);
        } else throwFailure(part, abortSignal);
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw providerFailure(name, error);
    }
  }

  /** Its place at the provider is free again when the last piece has come, or nobody wants another. */
  async function* complete(prompt: AnswerPrompt, options: CallOptions): AsyncGenerator<string> {
    const { signal, userId } = options;
    await admit(userId);
    const release = await throttle.acquire({ signal, isAwaited: true });
    try {
      yield* speak(prompt, options);
    } finally {
      release();
    }
  }

  const generate: StructuredModel['generate'] = async (schema, { system, user }, { signal, userId } = {}) => {
    await admit(userId);
    const call = async () => {
      const abortSignal = withTimeout(signal, timeoutMs);
      try {
        const output = Output.object({ schema });
        const result = await generateText({ ...settings, system, prompt: user, output, abortSignal });
        await record(result.totalUsage, userId);
        refuseDeclined(result.finishReason);
        return result.output;
      } catch (error) {
        signal?.throwIfAborted();
        // It was paid for all the same.
        if (NoObjectGeneratedError.isInstance(error)) await record(error.usage, userId);
        throw providerFailure(name, error);
      }
    };
    return throttle.run(call, { signal });
  };

  return { name, complete, generate };
}

function throwFailure(part: { type: string; error?: unknown }, signal: AbortSignal): void {
  if (part.type === 'error') throw part.error;
  if (part.type === 'abort') throw signal.reason;
}
