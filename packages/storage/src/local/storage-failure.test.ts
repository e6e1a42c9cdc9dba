import { Unavailable } from '@synap/domain';
import { expect, it } from 'vitest';
import { onDisk } from './storage-failure.ts';

const failing = (code: string) =>
  onDisk(() => Promise.reject(Object.assign(new Error(code), { code, syscall: 'open' })));

it.each(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'EMFILE', 'ENFILE', 'ESTALE'])(
  'a disk that answers %s is unavailable, with advice and the cause',
  async (code) => {
    await expect(failing(code)).rejects.toThrow(Unavailable);
    await expect(failing(code)).rejects.toThrow(/try again|before you go on/i);
    await expect(failing(code)).rejects.toMatchObject({ dependency: 'storage', cause: { code } });
  },
);

it('a mistake of the program stays what it is', async () => {
  const mistake = new TypeError('not a function');
  await expect(onDisk(() => Promise.reject(mistake))).rejects.toBe(mistake);
});
