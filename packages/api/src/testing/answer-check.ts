import type { OpenApiDocument } from '../openapi/document.ts';
import type { Answer, Operation } from '../openapi/operation.ts';
import { createValidator } from './document-validator.ts';

/** An operation that was asked for, with the status that it answered. */
export interface CheckedAnswer {
  readonly operationId: string;
  readonly status: number;
}

const JSON_TYPE = /^application\/(problem\+)?json$/;

/**
 * Holds answers to the document: that there is such an operation, that it may answer this status and media type, and that
 * a JSON body has what the document says and nothing else.
 */
export function createAnswerCheck(document: OpenApiDocument) {
  const faultsOf = createValidator(document, { isStrict: true });
  const find = createFinder(document);

  const refuseBody = async (name: string, answer: Answer, response: Response): Promise<void> => {
    const { content = {} } = answer;
    const mediaType = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
    const media = content[mediaType];
    if (media === undefined) {
      if (content['*/*'] !== undefined || (await response.clone().text()) === '') return;
      throw new Error(`${name}: the OpenAPI document knows no ${mediaType} of it.`);
    }
    if (!JSON_TYPE.test(mediaType)) return;
    const faults = faultsOf(media.schema, await response.clone().json());
    if (faults !== '') throw new Error(`${name} is not what the OpenAPI document says: ${faults}`);
  };

  /**
   * @returns what was asked for, or `null` for what is no operation of REST.
   * @throws if the answer is none that the document knows.
   */
  return async ({ method, url }: Request, response: Response): Promise<CheckedAnswer | null> => {
    const { pathname } = new URL(url);
    const { status } = response;
    // Of accounts the document says what most need; tRPC is none of its business.
    if (!/^\/(api\/v1|api\/auth|calendar|health|files)\//.test(pathname)) return null;
    const name = `${method} ${pathname} → ${status}`;
    const operation = find(method, pathname);
    if (operation === null) {
      if (status === 404 || pathname.startsWith('/api/auth/')) return null;
      throw new Error(`${name} is not in the OpenAPI document.`);
    }
    const answer = operation.responses[String(status)];
    if (answer === undefined) throw new Error(`${name}: the OpenAPI document does not know this status of it.`);
    if (method !== 'HEAD') await refuseBody(name, resolve(document, answer), response);
    return { operationId: operation.operationId, status };
  };
}

/** Which operation a request asks for; of two that fit, the one with fewer parameters in its path. */
function createFinder({ paths }: OpenApiDocument): (method: string, pathname: string) => Operation | null {
  const patterns = Object.entries(paths)
    .map(([path, operations]) => ({
      path,
      operations,
      expression: expressionOf(path),
    }))
    .sort((one, other) => one.path.split('{').length - other.path.split('{').length);
  return (method, pathname) => {
    const fitting = patterns.filter(({ expression }) => expression.test(pathname));
    const [operation] = fitting
      // HEAD is answered wherever GET is.
      .map(({ operations }) => operations[method.toLowerCase()] ?? (method === 'HEAD' ? operations.get : undefined))
      .filter((each) => each !== undefined);
    return operation ?? null;
  };
}

/** One parameter, that of a signed link, is several segments long. */
function expressionOf(path: string): RegExp {
  return new RegExp(`^${path.replace('{path}', '.+').replace(/\{\w+\}/g, '[^/]+')}$`);
}

function resolve({ components }: OpenApiDocument, answer: Operation['responses'][string]): Answer {
  if (!('$ref' in answer)) return answer;
  const found = components.responses[answer.$ref.split('/').at(-1) ?? ''];
  if (found === undefined) throw new Error(`There is no ${answer.$ref}.`);
  return found;
}
