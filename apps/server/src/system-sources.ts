import type { Clock, IdSource } from '@synap/domain';
import { v7 } from 'uuid';

/** The machine's clock. */
export const systemClock: Clock = { now: () => new Date() };

/** UUIDs of version 7, ascending within this process. */
export const systemIds: IdSource = { next: () => v7() };
