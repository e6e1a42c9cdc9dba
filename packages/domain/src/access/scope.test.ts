import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EntityType } from '../vocabulary.ts';
import { areWithin, BroadScope, isGranted, isGrantedForSomeKind, type Scope, scopes } from './scope.ts';

const anyScopes = fc.subarray([...scopes]);
const anyKind = fc.constantFrom(...Object.values(EntityType));
const anyAccess = fc.record({
  scope: fc.constantFrom(...Object.values(BroadScope)),
  kind: fc.option(anyKind, { nil: undefined }),
});

test('a scope of one kind opens that kind only, and never more than it says', () => {
  expect(isGranted(['tasks:write'], { scope: 'write', kind: 'task' })).toBe(true);
  for (const refused of [
    { scope: 'write', kind: 'note' },
    { scope: 'read', kind: 'task' },
    { scope: 'write' },
    { scope: 'admin', kind: 'task' },
  ] as const) {
    expect(isGranted(['tasks:write'], refused)).toBe(false);
  }
  expect(isGrantedForSomeKind(['tasks:write'], 'write')).toBe(true);
  expect(isGrantedForSomeKind(['tasks:write'], 'read')).toBe(false);
});

test('none of read, write and admin includes another', () => {
  for (const held of Object.values(BroadScope)) {
    const opened = Object.values(BroadScope).filter((scope) => isGranted([held], { scope, kind: 'note' }));
    expect(opened).toEqual([held]);
  }
});

test('scopes that lie within others open nothing that those do not', () => {
  fc.assert(
    fc.property(anyScopes, anyScopes, anyAccess, (wanted, granted, access) => {
      fc.pre(areWithin(wanted, granted));
      expect(isGranted(wanted, access) && !isGranted(granted, access)).toBe(false);
    }),
  );
});

test('whatever is opened without a kind is opened for each', () => {
  fc.assert(
    fc.property(anyScopes, anyKind, fc.constantFrom(...Object.values(BroadScope)), (granted, kind, scope) => {
      if (isGranted(granted, { scope })) expect(isGranted(granted, { scope, kind })).toBe(true);
      const one: Scope[] = [...granted];
      expect(isGrantedForSomeKind(one, scope)).toBe(
        Object.values(EntityType).some((each) => isGranted(one, { scope, kind: each })),
      );
    }),
  );
});
