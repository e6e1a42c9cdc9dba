import type { StoredEvent } from '@synap/domain';
import { CorrelationId, EventId, UserId } from '@synap/domain';
import { expect, test } from 'vitest';
import { workflowEventFor } from './workflow-events.ts';

const ID = '01890000-0000-7000-8000-000000000001';
const HEADER = {
  id: EventId.parse(ID),
  position: 1n,
  aggregateId: ID,
  aggregateType: 'entity',
  userId: UserId.parse(ID),
  version: 1,
  timestamp: new Date(0),
  causationId: null,
  correlationId: CorrelationId.parse(ID),
  source: 'api',
  schemaVersion: 1,
} as const;
const RENAMED = { type: 'entity.title_changed', data: { oldValue: 'a', newValue: 'b' } } as const;

function by(command: string): Pick<StoredEvent, 'metadata'> {
  return { metadata: { actor: { kind: 'user', id: ID }, command } };
}

test('a new title or new content is indexed, under the id of its event', () => {
  const event = workflowEventFor({ ...HEADER, ...by('entities.update'), ...RENAMED });
  expect(event).toEqual({ id: ID, name: 'indexing.requested', data: { userId: ID, entityId: ID } });
});

test('what the enrichment indexes itself is not indexed a second time', () => {
  expect(workflowEventFor({ ...HEADER, ...by('ai.enrich'), ...RENAMED })).toBeNull();
  const fileReference = {
    filePath: 'x',
    fileSize: 1,
    fileType: 'markdown',
    checksum: 'a'.repeat(64),
    preview: '',
  } as const;
  const uploaded = { type: 'entity.file_uploaded', data: fileReference } as const;
  expect(workflowEventFor({ ...HEADER, ...by('capture.thought'), ...uploaded })).toBeNull();
  expect(workflowEventFor({ ...HEADER, ...by('notes.create'), ...uploaded })).not.toBeNull();
});

test('events that change nothing that can be found start nothing', () => {
  expect(
    workflowEventFor({ ...HEADER, ...by('tags.add'), type: 'entity.tag_added', data: { tag: 'home' } }),
  ).toBeNull();
  expect(workflowEventFor({ ...HEADER, ...by('entities.delete'), type: 'entity.deleted', data: {} })).toBeNull();
});
