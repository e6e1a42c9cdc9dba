import { readFileSync } from 'node:fs';
import { type EntityType, entityTypeSchema } from '@synap/domain';
import * as z from 'zod';
import type { Guess } from './capture-analyzer.ts';
import { captureFeatures, captureWords, FEATURE_NAMES } from './features.ts';

/** Weights of a multinomial logistic regression, as `scripts/train-capture-classifier.mjs` writes them. */
export const classifierWeightsSchema = z.object({
  /** The embedding model whose vectors they were trained on. */
  embeddingModel: z.string(),
  features: z.array(z.string()),
  types: z.array(entityTypeSchema),
  /** Divides the scores, so that a confidence of 0.8 is right four times out of five (Guo et al., 2017). */
  temperature: z.number().positive(),
  /** One row per type: bias, the features in order, then the axes of the sentence vector. */
  weights: z.array(z.array(z.number())),
  /** What each known word adds to the score of each type, in the order of `types`. */
  words: z.record(z.string(), z.array(z.number())),
});
export type ClassifierWeights = z.infer<typeof classifierWeightsSchema>;

/** Says which type a capture has, from its text and its sentence vector. */
export interface CaptureClassifier {
  readonly embeddingModel: string;
  classify(content: string, vector: Float32Array): Guess<EntityType>;
}

/** The classifier with the weights that come with this package. */
export function loadCaptureClassifier(): CaptureClassifier {
  const file = new URL('../../capture-type-weights.json', import.meta.url);
  return createCaptureClassifier(classifierWeightsSchema.parse(JSON.parse(readFileSync(file, 'utf8'))));
}

/** @throws when the weights are for other features than this code computes. */
export function createCaptureClassifier(trained: ClassifierWeights): CaptureClassifier {
  const { embeddingModel, features, types, temperature, weights } = trained;
  if (features.join() !== FEATURE_NAMES.join()) {
    throw new Error('The weights are for other features. Run packages/ai/scripts/train-capture-classifier.mjs again.');
  }
  const words = new Map(Object.entries(trained.words));
  return {
    embeddingModel,
    classify(content, vector) {
      const inputs = classifierInputs(content, vector);
      const known = captureWords(content).flatMap((word) => [words.get(word) ?? []]);
      const scores = weights.map((row, type) => {
        const fromInputs = row.reduce((sum, weight, index) => sum + weight * (inputs[index] ?? 0), 0);
        return known.reduce((sum, word) => sum + (word[type] ?? 0), fromInputs) / temperature;
      });
      return mostLikely(types, scores);
    },
  };
}

function mostLikely(types: readonly EntityType[], scores: readonly number[]): Guess<EntityType> {
  const highest = Math.max(...scores);
  const total = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
  return { value: types[scores.indexOf(highest)] ?? 'note', confidence: 1 / total };
}

/** Axes of a unit vector are about 0.05 in size; this brings them to the size of the features. */
const VECTOR_SCALE = 6;

/** What the rows of weights are multiplied with: 1 for the bias, the features, the sentence vector. */
export function classifierInputs(content: string, vector: Float32Array): number[] {
  return [1, ...captureFeatures(content), ...Array.from(vector, (value) => value * VECTOR_SCALE)];
}
