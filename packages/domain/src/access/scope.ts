import * as z from 'zod';
import { EntityType } from '../vocabulary.ts';

/*
 * What a caller may do. Three scopes say it for everything: `read`, `write`, and `admin` for the account itself and, where
 * the caller is the owner, for the whole store. None includes another: a key that may only write is an inbox. The
 * others open the things of one kind: `tasks:write` changes tasks, and nothing else.
 */

/** A scope that opens everything of its kind. */
export const BroadScope = { read: 'read', write: 'write', admin: 'admin' } as const;
export type BroadScope = (typeof BroadScope)[keyof typeof BroadScope];

/** A scope that opens the things of one kind only. */
export type KindScope = `${EntityType}s:${'read' | 'write'}`;
export type Scope = BroadScope | KindScope;

const kinds = Object.values(EntityType);
const kindScopes = kinds.flatMap((kind): KindScope[] => [`${kind}s:read`, `${kind}s:write`]);

/** Every scope that there is. */
export const scopes: readonly Scope[] = [...Object.values(BroadScope), ...kindScopes];
export const scopeSchema = z.enum(scopes);

/** Whether these scopes open this; of one kind of thing if it is named. */
export function isGranted(
  granted: readonly Scope[],
  { scope, kind }: { readonly scope: BroadScope; readonly kind?: EntityType | undefined },
): boolean {
  if (granted.includes(scope)) return true;
  if (scope === 'admin' || kind === undefined) return false;
  return granted.includes(`${kind}s:${scope}`);
}

/** Whether everything that the one set of scopes opens is opened by the other, too. */
export function areWithin(wanted: readonly Scope[], granted: readonly Scope[]): boolean {
  return wanted.every((scope) => granted.some((held) => held === scope || scope.endsWith(`:${held}`)));
}

/** Whether something of this scope is opened for one kind of thing at least. */
export function isGrantedForSomeKind(granted: readonly Scope[], scope: BroadScope): boolean {
  return kinds.some((kind) => isGranted(granted, { scope, kind }));
}
