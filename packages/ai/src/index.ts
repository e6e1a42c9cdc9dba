export type { CaptureAnalysis, CaptureAnalyzer, CaptureToAnalyse, Guess } from './capture/capture-analyzer.ts';
export { createLocalAnalyzer, type LocalAnalyzerOptions } from './capture/local-analyzer.ts';
export { createLocalEmbedder, type LocalEmbedder, type LocalEmbedderOptions } from './embedding/local-embedder.ts';
export type { EmbedOptions, TextEmbedder } from './embedding/text-embedder.ts';
