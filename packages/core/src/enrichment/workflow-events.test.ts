import type { StoredEvent } from '@synap/domain';
import { CorrelationId, EventId, UserId } from '@synap/domain';
import { expect, test } from 'vitest';
import { workflowEventsFor } from './workflow-events.ts';

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
  const events = workflowEventsFor({ ...HEADER, ...by('entities.update'), ...RENAMED });
  expect(events).toEqual([{ id: ID, name: 'indexing.requested', data: { userId: ID, entityId: ID } }]);
});

test('what the enrichment indexes itself is not indexed a second time', () => {
  expect(workflowEventsFor({ ...HEADER, ...by('ai.enrich'), ...RENAMED })).toEqual([]);
  const fileReference = {
    filePath: 'x',
    fileSize: 1,
    fileType: 'markdown',
    checksum: 'a'.repeat(64),
    preview: '',
  } as const;
  const uploaded = { type: 'entity.file_uploaded', data: fileReference } as const;
  expect(workflowEventsFor({ ...HEADER, ...by('capture.thought'), ...uploaded })).toEqual([]);
  expect(workflowEventsFor({ ...HEADER, ...by('notes.create'), ...uploaded })).toHaveLength(1);
});

test('events that change nothing that can be found start nothing', () => {
  expect(workflowEventsFor({ ...HEADER, ...by('tags.add'), type: 'entity.tag_added', data: { tag: 'home' } })).toEqual(
    [],
  );
  expect(workflowEventsFor({ ...HEADER, ...by('entities.delete'), type: 'entity.deleted', data: {} })).toEqual([]);
});

test('a recording is transcribed as well', () => {
  const sound = { filePath: 'x', fileSize: 1, fileType: 'audio', checksum: 'a'.repeat(64), preview: '' } as const;
  const uploaded = { type: 'entity.file_uploaded', data: sound } as const;
  const film = { ...uploaded, data: { ...sound, fileType: 'video' } } as const;
  expect(workflowEventsFor({ ...HEADER, ...by('files.upload'), ...film })).toHaveLength(2);
  const events = workflowEventsFor({ ...HEADER, ...by('files.upload'), ...uploaded });
  expect(events.map(({ id, name }) => [id, name])).toEqual([
    [ID, 'indexing.requested'],
    [`${ID}:transcription`, 'transcription.requested'],
  ]);
});
