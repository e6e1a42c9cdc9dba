import type { OpenApiDocument } from '../openapi/document.ts';
import type { Answer, Operation } from '../openapi/operation.ts';
import { createValidator } from './document-validator.ts';

/** An operation that was asked for, with the status that it answered. */
export interface CheckedAnswer {
  readonly operationId: string;
  readonly status: number;
}

interface Pattern {
  readonly method: string;
  readonly path: RegExp;
  readonly operation: Operation;
}

/**
 * Holds answers to the document: that there is such an operation, that it may answer this status and media type, and that
 * a JSON body has what the document says and nothing else.
 */
export function createAnswerCheck(document: OpenApiDocument) {
  const faultsOf = createValidator(document, { isStrict: true });
  const patterns = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]): Pattern => {
      return { method: method.toUpperCase(), path: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`), operation };
    }),
  );
  const resolve = (answer: Operation['responses'][string]): Answer => {
    if (!('$ref' in answer)) return answer;
    const found = document.components.responses[answer.$ref.split('/').at(-1) ?? ''];
    if (found === undefined) throw new Error(`There is no ${answer.$ref}.`);
    return found;
  };

  /**
   * @returns what was asked for, or `null` for what is no operation of REST.
   * @throws if the answer is none that the document knows.
   */
  return async ({ method, url }: Request, response: Response): Promise<CheckedAnswer | null> => {
    const { pathname } = new URL(url);
    const isRest = pathname.startsWith('/api/v1/');
    // Where two fit, the one with fewer parameters stands first in the router, too.
    const [pattern] = patterns
      .filter((each) => each.method === method && each.path.test(pathname))
      .sort((one, other) => one.operation.parameters.length - other.operation.parameters.length);
    if (!isRest || (pattern === undefined && response.status === 404)) return null;
    const { status, headers } = response;
    const name = `${method} ${pathname} → ${status}`;
    if (pattern === undefined) throw new Error(`${name} is not in the OpenAPI document.`);
    const { operationId, responses } = pattern.operation;
    const documented = responses[String(status)];
    if (documented === undefined) throw new Error(`${name}: the OpenAPI document does not know this status of it.`);
    const { content = {} } = resolve(documented);
    const mediaType = (headers.get('content-type') ?? '').split(';')[0] ?? '';
    const media = content[mediaType] ?? content['*/*'];
    const hasBody = response.body !== null && mediaType !== '';
    if (hasBody && media === undefined) throw new Error(`${name}: the OpenAPI document knows no ${mediaType} of it.`);
    if (media !== undefined && /^application\/(problem\+)?json$/.test(mediaType)) {
      const faults = media === content['*/*'] ? '' : faultsOf(media.schema, await response.clone().json());
      if (faults !== '') throw new Error(`${name} is not what the OpenAPI document says: ${faults}`);
    }
    return { operationId, status };
  };
}
