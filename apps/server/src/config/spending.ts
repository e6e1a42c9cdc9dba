import * as z from 'zod';

/** A price as a person writes it: dollars for a million tokens, in and out, or in alone. */
const priceSchema = z
  .string()
  .regex(/^[^=\s]+=\d+(?:\.\d+)?(?:\/\d+(?:\.\d+)?)?$/, 'prices such as my-model=0.25/2,my-embedder=0.02')
  .transform((text): [string, { input: number; output: number }] => {
    const [model = '', price = ''] = text.split('=');
    const [input, output = '0'] = price.split('/');
    return [model, { input: Number(input), output: Number(output) }];
  });

/** Dollars for a million tokens, by the model's name at its provider. */
export const modelPricesSchema = z
  .string()
  .transform((text) => text.split(',').map((entry) => entry.trim()))
  .pipe(z.array(priceSchema))
  .transform((prices): Record<string, { input: number; output: number }> => Object.fromEntries(prices));

export const dollarsSchema = z
  .string()
  .regex(/^\d{1,6}(\.\d{1,6})?$/, 'dollars such as 0.50')
  .transform(Number);
