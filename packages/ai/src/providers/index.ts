export {
  anthropicModel,
  openAiModel,
  type ProviderModel,
  type ProviderOptions,
  type TokenUsage,
} from './language-models.ts';
export { createProviderEmbedder, type ProviderEmbedderOptions } from './provider-embedder.ts';
