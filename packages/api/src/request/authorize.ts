import { readEntityTypes } from '@synap/core';
import {
  type BroadScope,
  type EntityId,
  type EntityType,
  Forbidden,
  isGranted,
  isGrantedForSomeKind,
  Unauthenticated,
} from '@synap/domain';
import type { RequestContext } from './request-context.ts';
import type { Session } from './session.ts';

/** What is needed for something. */
export interface Access {
  readonly scope: BroadScope;
  /** It is about all users: only the owner of this installation may. */
  readonly isForOwner?: boolean;
  /** The kinds of things that it is about, where it is about some only: then scopes of these kinds open it, too. */
  readonly kinds?: (session: Session) => Promise<readonly EntityType[]>;
}

/**
 * The session, if it may do this.
 * @throws {Unauthenticated | Forbidden}
 */
export async function authorize({ session }: RequestContext, access: Access): Promise<Session> {
  const { scope, isForOwner = false } = access;
  if (session === null) {
    throw new Unauthenticated('Sign in, or send an API key as “Authorization: Bearer synap_…”.');
  }
  if (isForOwner && !session.isOwner) {
    throw new Forbidden('This is about all users: only the owner of this installation may do it.');
  }
  if (isGranted(session.scopes, { scope }) || (await isGrantedByKind(session, access))) return session;
  throw new Forbidden(`This key may not ${scope} this. Use one with the scope “${scope}”.`);
}

/** Looks at the things only where the answer depends on them. */
async function isGrantedByKind(session: Session, { scope, kinds }: Access): Promise<boolean> {
  if (kinds === undefined || !isGrantedForSomeKind(session.scopes, scope)) return false;
  const found = await kinds(session);
  return found.length > 0 && found.every((kind) => isGranted(session.scopes, { scope, kind }));
}

/** The kinds of these things. @throws {NotFound} if one is nothing of the caller's. */
export function kindsOf({ parts }: RequestContext, ids: readonly EntityId[]): Required<Access>['kinds'] {
  return ({ userId }) => readEntityTypes(parts, userId, ids);
}
