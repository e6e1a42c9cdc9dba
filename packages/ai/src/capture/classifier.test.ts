import { describe, expect, it } from 'vitest';
import { createCaptureClassifier, loadCaptureClassifier } from './classifier.ts';
import { FEATURE_NAMES } from './features.ts';

const anyVector = new Float32Array(384).fill(1 / Math.sqrt(384));

describe('the capture classifier', () => {
  it('comes with weights for the features that this code computes', () => {
    const guess = loadCaptureClassifier().classify('todo: buy milk', anyVector);
    expect(guess.value).toBe('task');
    expect(guess.confidence).toBeGreaterThan(1 / 6);
    expect(guess.confidence).toBeLessThanOrEqual(1);
  });

  it('refuses weights that were trained for other features', () => {
    const trained = { embeddingModel: 'm', types: ['note' as const], temperature: 1, weights: [[0]], words: {} };
    expect(() => createCaptureClassifier({ ...trained, features: ['another'] })).toThrow('other features');
    expect(() => createCaptureClassifier({ ...trained, features: [...FEATURE_NAMES] })).not.toThrow();
  });

  it('adds what its words say, and no word that objects have by nature', () => {
    const features = [...FEATURE_NAMES];
    const classifier = createCaptureClassifier({
      embeddingModel: 'm',
      features,
      types: ['note', 'idea'],
      temperature: 1,
      weights: [[0], [0]],
      words: { lamp: [0, 2] },
    });
    expect(classifier.classify('a lamp', anyVector)).toEqual({ value: 'idea', confidence: 1 / (1 + Math.exp(-2)) });
    expect(classifier.classify('constructor toString', anyVector).confidence).toBe(0.5);
  });
});
