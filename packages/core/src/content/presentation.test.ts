import type { FileReference } from '@synap/domain';
import { expect, test } from 'vitest';
import { presentationOf } from './presentation.ts';

const file = (extension: string): FileReference => ({
  filePath: `users/u/attachments/e/c.${extension}`,
  fileSize: 1,
  fileType: 'text',
  checksum: 'a'.repeat(64),
  preview: '',
});

test.each([
  ['md', 'My note', 'text/markdown; charset=utf-8', 'inline; filename="My note.md"', true],
  ['jpg', 'photo.JPEG', 'image/jpeg', 'inline; filename=photo.JPEG', true],
  ['pdf', '../x.pdf', 'application/pdf', 'inline; filename=x.pdf', true],
  ['html', 'page.html', 'text/html; charset=utf-8', 'attachment; filename=page.html', false],
  ['svg', 'logo.png', 'image/svg+xml', 'attachment; filename=logo.png.svg', false],
  ['xyz', 'odd', 'application/octet-stream', 'attachment; filename=odd.xyz', false],
])('%s that is titled %j is answered as %s, %s', (extension, title, contentType, contentDisposition, isPassive) => {
  expect(presentationOf(file(extension), { title })).toEqual({ contentType, contentDisposition, isPassive });
});
