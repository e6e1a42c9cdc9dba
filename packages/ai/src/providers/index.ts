export { anthropicModel, openAiModel, type ProviderModel, type ProviderOptions } from './language-models.ts';
export { createProviderEmbedder, type ProviderEmbedderOptions } from './provider-embedder.ts';
export { createProviderThrottle, type ProviderThrottle, type ProviderThrottleOptions } from './provider-throttle.ts';
export { createProviderTranscriber } from './provider-transcriber.ts';
