import { Forbidden, NotFound } from '@synap/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filePath } from './file-path.ts';
import { createHmacLinks, type HmacLinks } from './hmac-links.ts';
import { aFile, bytes, sha256 } from './testing/a-file.ts';

const now = new Date('2026-01-01T12:00:00Z');
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const { userId, folder, entityId, extension } = aFile();
const content = { checksum: sha256(bytes('# Hello')), sizeBytes: 7 };
const address = { userId, folder, entityId, extension };
const path = filePath({ ...address, ...content });
const links = createHmacLinks({ secret: 'a secret of this server', basePath: '/files/' });
const read = {
  expiresInSeconds: 60,
  contentType: 'text/plain',
  contentDisposition: 'attachment; filename="é&=.md"',
  now,
};
const upload = { ...address, ...content, contentType: 'text/markdown', expiresInSeconds: 60, now };

/** A link as a route sees it. */
function asRequested(link: string): { path: string; query: URLSearchParams } {
  const url = new URL(link, 'https://synap.example');
  return { path: decodeURIComponent(url.pathname).slice('/files/'.length), query: url.searchParams };
}

const verifyRead = (link: string, at: Date, by: HmacLinks = links) => {
  const { path, query } = asRequested(link);
  return by.verifyRead(path, query, at);
};
const verifyUpload = (link: string, at: Date, by: HmacLinks = links) => {
  const { path, query } = asRequested(link);
  return by.verifyUpload(path, query, at);
};

describe('a link of our own', () => {
  it('says where to read and how to answer, whatever the name of the file', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (contentDisposition) => {
        const link = await links.signRead(path, { ...read, contentDisposition });
        expect(link.startsWith(`/files/${path}?`)).toBe(true);
        expect(verifyRead(link, now)).toEqual({ path, contentType: 'text/plain', contentDisposition });
      }),
    );
  });

  it('binds an upload to its place, length, checksum and type', async () => {
    const signed = await links.signUpload(upload);
    expect(signed).toMatchObject({ path, method: 'PUT' });
    expect(signed.headers).toEqual({ 'content-type': 'text/markdown', 'content-length': '7' });
    expect(verifyUpload(signed.url, now)).toEqual({ path, address, ...content, contentType: 'text/markdown' });
  });

  it('is valid until it expires', async () => {
    const link = await links.signRead(path, read);
    expect(verifyRead(link, later(59.9)).path).toBe(path);
    expect(() => verifyRead(link, later(60))).toThrow(Forbidden);
    expect(() => verifyRead(link, later(60))).toThrow(/expired/);
    const { url } = await links.signUpload(upload);
    expect(() => verifyUpload(url, later(60))).toThrow(/expired/);
  });

  it('is refused once any character of it is another, is missing or is added', async () => {
    const urls = [await links.signRead(path, read), (await links.signUpload(upload)).url];
    for (const url of urls) {
      for (let index = '/files/'.length; index < url.length; index += 1) {
        for (const with_ of ['', '0', 'A', '=', `${url[index]}x`]) {
          const changed = url.slice(0, index) + with_ + url.slice(index + 1);
          // A few changes leave the same link, spelled in another way.
          if (isSameLink(changed, url)) continue;
          expect(() => verifyRead(changed, now)).toThrow(Forbidden);
          expect(() => verifyUpload(changed, now)).toThrow(Forbidden);
        }
      }
    }
  });

  it('is refused with a field added, doubled or left out', async () => {
    const link = await links.signRead(path, read);
    for (const changed of [
      `${link}&x=1`,
      `${link}&type=text/html`,
      link.replace(/expires=\d+&/, ''),
      `/files/${path}`,
    ]) {
      expect(() => verifyRead(changed, now)).toThrow(Forbidden);
    }
  });

  it('of one kind, user or server is none of another', async () => {
    const readLink = await links.signRead(path, read);
    const { url } = await links.signUpload(upload);
    expect(() => verifyUpload(readLink, now)).toThrow(Forbidden);
    expect(() => verifyRead(url, now)).toThrow(Forbidden);
    expect(() => verifyRead(readLink.replace('8057', '8058'), now)).toThrow(Forbidden);
    const foreign = createHmacLinks({ secret: 'a secret of that server', basePath: '/files' });
    expect(() => verifyRead(readLink, now, foreign)).toThrow(Forbidden);
  });

  it('is signed for nothing but objects, for a time that a link can be valid for', async () => {
    await expect(links.signRead('users/../secret', read)).rejects.toThrow(NotFound);
    for (const expiresInSeconds of [0, -1, 0.5, Number.NaN, 604_801]) {
      await expect(links.signRead(path, { ...read, expiresInSeconds })).rejects.toThrow(RangeError);
      await expect(links.signUpload({ ...upload, expiresInSeconds })).rejects.toThrow(RangeError);
    }
    await expect(links.signUpload({ ...upload, checksum: 'abc' })).rejects.toThrow(TypeError);
    await expect(links.signUpload({ ...upload, sizeBytes: -1 })).rejects.toThrow(RangeError);
    expect(() => createHmacLinks({ secret: 'short', basePath: '/files' })).toThrow(TypeError);
  });
});

function isSameLink(left: string, right: string): boolean {
  const [one, other] = [asRequested(left), asRequested(right)];
  return one.path === other.path && JSON.stringify([...one.query].sort()) === JSON.stringify([...other.query].sort());
}
