/**
 * What models cost, in dollars for a million tokens, or for a minute of sound: list prices as they were public in the first
 * half of 2026, without discounts. A model that is not here, or has a price of its own, is given one by configuration.
 */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  readonly audioMinute?: number;
}

const PRICES: Readonly<Record<string, ModelPrice>> = {
  'claude-opus-4-6': { input: 5, output: 25 },
  'claude-opus-4-5': { input: 5, output: 25 },
  'claude-opus-4-1': { input: 15, output: 75 },
  'claude-sonnet-4-6': { input: 3, output: 15 },
  'claude-sonnet-4-5': { input: 3, output: 15 },
  'claude-haiku-4-5': { input: 1, output: 5 },
  'gpt-5': { input: 1.25, output: 10 },
  'gpt-5-mini': { input: 0.25, output: 2 },
  'gpt-5-nano': { input: 0.05, output: 0.4 },
  'gpt-4.1': { input: 2, output: 8 },
  'gpt-4.1-mini': { input: 0.4, output: 1.6 },
  'gpt-4.1-nano': { input: 0.1, output: 0.4 },
  'gpt-4o': { input: 2.5, output: 10 },
  'gpt-4o-mini': { input: 0.15, output: 0.6 },
  'text-embedding-3-small': { input: 0.02, output: 0 },
  'text-embedding-3-large': { input: 0.13, output: 0 },
  'whisper-1': { input: 0, output: 0, audioMinute: 0.006 },
  'gpt-4o-transcribe': { input: 0, output: 0, audioMinute: 0.006 },
  'gpt-4o-mini-transcribe': { input: 0, output: 0, audioMinute: 0.003 },
};

/** A version of a model costs what the model does: `gpt-5-mini-2025-08-07`, `claude-haiku-4-5-20251001`. */
const VERSION = /-(?:\d{4}-\d{2}-\d{2}|\d{8}|latest)$/;

/**
 * What a model costs; `null` if that is not known.
 * @param own prices that go before the public ones, by the model's name.
 */
export function priceOf(model: string, own: Readonly<Record<string, ModelPrice>> = {}): ModelPrice | null {
  const names = [model, model.replace(VERSION, '')];
  for (const prices of [own, PRICES]) {
    const name = names.find((each) => Object.hasOwn(prices, each));
    if (name !== undefined) return prices[name] ?? null;
  }
  return null;
}
