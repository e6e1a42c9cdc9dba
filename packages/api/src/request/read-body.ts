import { SynapError, TooLarge, ValidationFailed } from '@synap/domain';

/**
 * Reads a request's body, no further than the limit.
 * @throws {TooLarge} as soon as it is longer.
 */
export async function readBody(request: Request, { maxBytes }: { maxBytes: number }): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw new TooLarge(maxBytes);
  if (request.body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of request.body) {
    sizeBytes += part.byteLength;
    if (sizeBytes > maxBytes) throw new TooLarge(maxBytes);
    parts.push(part);
  }
  const whole = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}

/**
 * A request's body, part by part.
 * @throws {ValidationFailed} if it was broken off: then it is not known how it would have gone on.
 */
export async function* streamBody(request: Request): AsyncGenerator<Uint8Array> {
  if (request.body === null) return;
  try {
    // Whoever turns away in the middle leaves the rest to be drained.
    yield* request.body.values({ preventCancel: true });
  } catch (error) {
    if (error instanceof SynapError) throw error;
    throw new ValidationFailed([{ field: 'body', message: 'all of the content; it was broken off before its end' }]);
  }
}

/**
 * Reads on what is left of a body that was refused, so that the sender can hear why: one that is still sending when the
 * connection is closed hears nothing.
 * @returns whether all of it has come; if not, the connection cannot be used any more.
 */
export async function drainBody({ body }: Request, { maxBytes }: { maxBytes: number }): Promise<boolean> {
  if (body === null) return true;
  if (body.locked) return false;
  let drained = 0;
  try {
    for await (const part of body.values({ preventCancel: true })) {
      drained += part.byteLength;
      if (drained > maxBytes) return false;
    }
    return true;
  } catch {
    // It was broken off: there is nobody to hear anything.
    return false;
  }
}

/**
 * A JSON body as text. Invalid UTF-8 is refused rather than patched with replacement characters, which would change
 * what somebody wrote.
 * @throws {ValidationFailed} if it is no UTF-8.
 */
export function decodeJsonBody(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ValidationFailed([{ field: 'body', message: 'JSON in UTF-8; these bytes are not valid UTF-8' }]);
  }
}

/**
 * A JSON body as an object; no body is an empty one.
 * @throws {ValidationFailed} if it is no JSON object.
 */
export function parseJsonObject(bytes: Uint8Array): Record<string, unknown> {
  if (bytes.byteLength === 0) return {};
  const value = parseJson(decodeJsonBody(bytes));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ValidationFailed([{ field: 'body', message: 'a JSON object' }]);
  }
  return Object.fromEntries(Object.entries(value));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ValidationFailed([{ field: 'body', message: `JSON; ${error.message}` }]);
  }
}
