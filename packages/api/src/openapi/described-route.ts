import type * as z from 'zod';
import type { ProblemStatus } from '../errors/problem.ts';

/** The methods of HTTP that routes have. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS';

/** A body, by one of its media types. */
export interface DescribedContent {
  readonly schema: z.ZodType;
  /** Left out, it is composed of the schema. */
  readonly example?: unknown;
  /** What one line or message of a stream is. */
  readonly item?: z.ZodType;
}

export interface DescribedAnswer {
  readonly description: string;
  /** By media type; nothing where there is no body. */
  readonly content?: Readonly<Record<string, DescribedContent>>;
  /** By name; what each says. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A route as the document says it. */
export interface DescribedRoute {
  readonly method: Method;
  /** As the router has it: `/api/v1/entities/:id`. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Whether nobody has to be signed in. */
  readonly isOpen?: boolean;
  /** Whether it takes an `Idempotency-Key`. */
  readonly isRepeatable?: boolean;
  readonly pathFields?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: {
    readonly isRequired: boolean;
    readonly content: Readonly<Record<string, DescribedContent>>;
  };
  /** Values of the fields of path, query and headers. */
  readonly example?: Readonly<Record<string, unknown>>;
  readonly answers: Readonly<Record<number, DescribedAnswer>>;
  readonly problems: readonly ProblemStatus[];
}
