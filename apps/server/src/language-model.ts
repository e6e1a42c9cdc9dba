import {
  type Answerer,
  type CaptureAnalyzer,
  createExtractiveAnswerer,
  createLocalAnalyzer,
  createModelAnalyzer,
  createWrittenAnswerer,
  findSoundtracks,
  type Soundtracks,
  type SpendingMeter,
  type TextEmbedder,
  type Transcriber,
  withStandIn,
} from '@synap/ai';
import type { ProviderThrottle } from '@synap/ai/providers';
import type { Parts } from '@synap/core';
import type {
  Configuration,
  EmbeddingModelConfiguration,
  LanguageModelConfiguration,
  TranscriptionModelConfiguration,
} from './config/environment.ts';
import type { Logger } from './logger.ts';

/** The name of the analyser that needs no key and no network; every other is a model of the provider. */
const LOCAL = 'local';

/** Who makes sense of what is captured, and who answers: in that order, each standing in for those before. */
export interface Thinkers {
  readonly analyzer: CaptureAnalyzer;
  readonly chooseAnalyzer: Parts['chooseAnalyzer'];
  readonly answerers: readonly [Answerer, ...Answerer[]];
}

/** What all models of providers have in common. */
export interface Accounting {
  readonly meter: SpendingMeter;
  /** The throttle of a provider, by its name or its address. */
  throttleOf(provider: string): Promise<ProviderThrottle>;
}

/** One throttle for each provider, however many of its models are used. */
export function createAccounting({ providerLimits }: Configuration, meter: SpendingMeter): Accounting {
  const throttles = new Map<string, ProviderThrottle>();
  return {
    meter,
    throttleOf: async (provider) => {
      const { createProviderThrottle } = await import('@synap/ai/providers');
      const throttle = throttles.get(provider) ?? createProviderThrottle(providerLimits);
      throttles.set(provider, throttle);
      return throttle;
    },
  };
}

/**
 * The thinkers that are configured. Without a model they need no key and no network; with one, the same stand in
 * whenever it fails. A provider's code is loaded only for whoever uses it.
 *
 * @param embedder of the model that the local classifier was trained with.
 */
export async function createThinkers(
  configuration: LanguageModelConfiguration | null,
  { embedder, accounting, logger }: { embedder: TextEmbedder; accounting: Accounting; logger: Logger },
): Promise<Thinkers> {
  const standIn = createLocalAnalyzer({ embedder });
  const extractive = createExtractiveAnswerer({ embedder });
  if (configuration === null) {
    const chooseAnalyzer = (name: string | null) => (name === null || name === LOCAL ? standIn : null);
    return { analyzer: standIn, chooseAnalyzer, answerers: [extractive] };
  }
  const { anthropicModel, openAiModel } = await import('@synap/ai/providers');
  const { provider, ...settings } = configuration;
  const throttle = await accounting.throttleOf(settings.baseUrl ?? provider);
  const options = { ...settings, meter: accounting.meter, throttle };
  const open = (model: string) => (provider === 'anthropic' ? anthropicModel : openAiModel)({ ...options, model });
  const languageModel = open(options.model);
  const analyzer = createModelAnalyzer({ languageModel });
  return {
    chooseAnalyzer: (name) => {
      if (name === null) return analyzer;
      return name === LOCAL ? standIn : createModelAnalyzer({ languageModel: open(name) });
    },
    analyzer: withStandIn(analyzer, {
      standIn,
      onFailure: ({ message }) => logger.warn({ reason: message }, 'a capture is analysed without the language model'),
    }),
    answerers: [createWrittenAnswerer({ languageModel }), extractive],
  };
}

/** Who embeds: the one that is configured, and those whose index may still be there while it makes its own. */
export interface Embedders {
  readonly embedder: TextEmbedder;
  readonly earlierEmbedders: readonly TextEmbedder[];
}

/** The local embedder, or a provider's before it. */
export async function createEmbedders(
  configuration: EmbeddingModelConfiguration | null,
  { local, accounting }: { local: TextEmbedder; accounting: Accounting },
): Promise<Embedders> {
  if (configuration === null) return { embedder: local, earlierEmbedders: [] };
  const { createProviderEmbedder } = await import('@synap/ai/providers');
  const throttle = await accounting.throttleOf(configuration.baseUrl ?? 'openai');
  const embedder = createProviderEmbedder({ ...configuration, meter: accounting.meter, throttle });
  return { embedder, earlierEmbedders: [local] };
}

/** Who transcribes, where somebody is configured to. */
export async function createTranscriber(
  configuration: TranscriptionModelConfiguration | null,
  { accounting }: { accounting: Accounting },
): Promise<{ transcriber?: Transcriber; soundtracks?: Soundtracks }> {
  if (configuration === null) return {};
  const { createProviderTranscriber } = await import('@synap/ai/providers');
  const throttle = await accounting.throttleOf(configuration.baseUrl ?? 'openai');
  const transcriber = createProviderTranscriber({ ...configuration, meter: accounting.meter, throttle });
  const soundtracks = await findSoundtracks();
  return { transcriber, ...(soundtracks === null ? {} : { soundtracks }) };
}
