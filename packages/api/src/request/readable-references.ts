import type { EntityReference } from '@synap/core';
import { isGranted } from '@synap/domain';
import type { Session } from './session.ts';

/** A reference as this caller may see it. */
export type ReadableReference = Omit<EntityReference, 'title'> & {
  /** `null` where it is of a kind that the key does not open. */
  title: string | null;
};

/** Things as this caller may see them named: a key of one kind reads no titles of others. */
export function readableReferences(references: readonly EntityReference[], { scopes }: Session): ReadableReference[] {
  return references.map((reference) =>
    isGranted(scopes, { scope: 'read', kind: reference.type }) ? reference : { ...reference, title: null },
  );
}
