import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import * as z from 'zod';
import type { OpenApiDocument } from '../openapi/document.ts';

/** Says what is wrong with a value by a schema of the document; nothing if it fits. */
export type Validator = (schema: object, value: unknown) => string;

/**
 * @param options.isStrict whether a field that the document does not name is a fault, too. The document lets answers grow;
 * those of today have nothing that it does not say.
 */
export function createValidator({ components }: OpenApiDocument, { isStrict }: { isStrict: boolean }): Validator {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true });
  addFormats.default(ajv);
  const prepare = (schema: unknown): object => {
    const text = JSON.stringify(schema, (_, part) => (isStrict ? closed(part) : part));
    return z.looseObject({}).parse(JSON.parse(text.replaceAll('"#/components/schemas/', '"document#/$defs/')));
  };
  ajv.addSchema({ $id: 'document', $defs: prepare(components.schemas) });
  const compiled = new WeakMap<object, ValidateFunction>();
  return (schema, value) => {
    const isValid = compiled.get(schema) ?? ajv.compile(prepare(schema));
    compiled.set(schema, isValid);
    return isValid(value) ? '' : ajv.errorsText(isValid.errors);
  };
}

function closed(part: unknown): unknown {
  const isOpenObject =
    typeof part === 'object' &&
    part !== null &&
    'type' in part &&
    part.type === 'object' &&
    'properties' in part &&
    !('additionalProperties' in part);
  return isOpenObject ? { ...part, additionalProperties: false } : part;
}
