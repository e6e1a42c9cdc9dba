export type { AnswerPrompt } from './answer/answer-prompt.ts';
export {
  type Answerer,
  AnswerKind,
  type Passage,
  type Question,
  type QuestionWord,
  type Quote,
  type Statement,
} from './answer/answerer.ts';
export { createExtractiveAnswerer } from './answer/extractive-answerer.ts';
export { createWrittenAnswerer, type LanguageModel } from './answer/written-answerer.ts';
export type { CaptureAnalysis, CaptureAnalyzer, CaptureToAnalyse, Guess } from './capture/capture-analyzer.ts';
export { createLocalAnalyzer, type LocalAnalyzerOptions } from './capture/local-analyzer.ts';
export { createModelAnalyzer, type StructuredModel } from './capture/model-analyzer.ts';
export { withStandIn } from './capture/standing-in-analyzer.ts';
export { createLocalEmbedder, type LocalEmbedder, type LocalEmbedderOptions } from './embedding/local-embedder.ts';
export type { EmbedOptions, TextEmbedder } from './embedding/text-embedder.ts';
export {
  detectFileKind,
  FILE_HEAD_BYTES,
  type FileHints,
  type FileKind,
} from './extraction/detect-file-kind.ts';
export type {
  ExtractedText,
  ExtractionProblem,
  ExtractionProblemReason,
  FileToRead,
  PageToRead,
} from './extraction/extracted-text.ts';
export { contentDisposition, fileNameOf, safeFileName } from './extraction/file-name.ts';
export { fileSizeLimits } from './extraction/file-size-limits.ts';
export { createTextExtractor, type TextExtractorOptions } from './extraction/isolated-text-extractor.ts';
export { isActiveContent, mediaTypeOf } from './extraction/media-type.ts';
export type { TextExtractor } from './extraction/text-extractor.ts';
export { type ModelPrice, priceOf } from './spending/model-prices.ts';
export { BudgetSpent, type ModelUsage, type SpendingMeter } from './spending/spending-meter.ts';
export { findSoundtracks, type Soundtracks } from './transcription/soundtracks.ts';
export type { SpokenPart, Transcriber } from './transcription/transcriber.ts';
