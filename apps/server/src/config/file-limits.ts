import { FileType } from '@synap/domain';
import * as z from 'zod';

const BYTES_OF_UNIT = { MB: 1024 ** 2, GB: 1024 ** 3 } as const;
const KINDS = Object.values(FileType);
const EXPECTED = `limits by kind such as pdf=300MB,video=8GB; the kinds are ${KINDS.join(', ')}`;

const limitSchema = z
  .string()
  .regex(new RegExp(`^(${KINDS.join('|')})=[1-9]\\d{0,5}(MB|GB)$`), EXPECTED)
  .transform((text): [FileType, number] => {
    const [kind, size = ''] = text.split('=');
    const unit = size.endsWith('GB') ? 'GB' : 'MB';
    return [z.enum(FileType).parse(kind), Number.parseInt(size, 10) * BYTES_OF_UNIT[unit]];
  });

/** The largest file of some kinds, as a person writes it, in bytes. */
export const fileLimitsSchema = z
  .string()
  .transform((text) => text.split(',').map((entry) => entry.trim()))
  .pipe(z.array(limitSchema))
  .transform((limits): Partial<Record<FileType, number>> => Object.fromEntries(limits));
