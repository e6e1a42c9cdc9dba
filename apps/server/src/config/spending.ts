import type { ModelPrice } from '@synap/ai';
import * as z from 'zod';

/** A price as a person writes it: dollars for a million tokens, in and out, or in alone; or for a minute of sound. */
const priceSchema = z
  .string()
  .regex(
    /^[^=\s]+=\d+(?:\.\d+)?(?:\/\d+(?:\.\d+)?|\/min)?$/,
    'prices such as my-model=0.25/2,my-embedder=0.02,my-whisper=0.006/min',
  )
  .transform((text): [string, ModelPrice] => {
    const [model = '', price = ''] = text.split('=');
    const [first, second = '0'] = price.split('/');
    if (second === 'min') return [model, { input: 0, output: 0, audioMinute: Number(first) }];
    return [model, { input: Number(first), output: Number(second) }];
  });

/** What models cost, by the model's name at its provider. */
export const modelPricesSchema = z
  .string()
  .transform((text) => text.split(',').map((entry) => entry.trim()))
  .pipe(z.array(priceSchema))
  .transform((prices): Record<string, ModelPrice> => Object.fromEntries(prices));

export const dollarsSchema = z
  .string()
  .regex(/^\d{1,6}(\.\d{1,6})?$/, 'dollars such as 0.50')
  .transform(Number);
