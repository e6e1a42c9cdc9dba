import { expect, test } from 'vitest';
import { isActiveContent, kindOfMediaType, mediaTypeOf } from './media-type.ts';

test.each([
  'text/html',
  'TEXT/HTML; charset=utf-8',
  'image/svg+xml',
  'application/xhtml+xml',
  'text/xml',
  'text/javascript',
])('a browser would run %s', (mediaType) => {
  expect(isActiveContent(mediaType)).toBe(true);
});

test.each(['text/plain', 'text/markdown', 'image/png', 'application/pdf', 'video/mp4', 'application/octet-stream', ''])(
  'a browser only shows %j',
  (mediaType) => {
    expect(isActiveContent(mediaType)).toBe(false);
  },
);

test.each(['exe', '', 'constructor', '../md'])('the unusual extension %j is served for download only', (extension) => {
  expect(mediaTypeOf(extension)).toBe('application/octet-stream');
});

test('a container is what it usually holds, and an archive is nothing', () => {
  expect(kindOfMediaType('application/vnd.ms-asf')).toBe('video');
  expect(kindOfMediaType('application/zip')).toBeUndefined();
});
