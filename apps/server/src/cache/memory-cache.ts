import { type Cache, entriesOf } from '@synap/core';
import type { UserId } from '@synap/domain';
import { LRUCache } from 'lru-cache';

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
/** More than this is read again: a few such would push everything else out. */
const ENTRY_MAX_BYTES = 256 * 1024;
/** What an entry takes beside its text, roughly. */
const OVERHEAD_BYTES = 200;
const BYTES_PER_LETTER = 2;

/**
 * Keeps things in this process, for a database that no other process has. What has not been read for the longest time
 * makes room.
 */
export function createMemoryCache({ maxBytes = DEFAULT_MAX_BYTES }: { maxBytes?: number } = {}): Cache {
  const kept = new LRUCache<string, string>({
    maxSize: maxBytes,
    maxEntrySize: Math.min(ENTRY_MAX_BYTES, maxBytes),
    sizeCalculation: (text, name) => (text.length + name.length) * BYTES_PER_LETTER + OVERHEAD_BYTES,
  });
  /** The read whose result may be kept, by name; a change takes it away. */
  const reading = new Map<string, symbol>();
  /** How many are changing it at this moment, by name. */
  const changing = new Map<string, number>();

  const drop = (name: string): void => {
    kept.delete(name);
    reading.delete(name);
  };
  return {
    read: async (entry, load, mayKeep = () => true) => {
      const { name, keepMs } = entry;
      const there = kept.get(name);
      // Under this name lies what this very read gave.
      if (there !== undefined) return JSON.parse(there);
      if (changing.has(name)) return load();
      const ticket = Symbol(name);
      reading.set(name, ticket);
      try {
        const value = await load();
        const isCurrent = reading.get(name) === ticket;
        if (isCurrent && value !== null && mayKeep(value)) kept.set(name, JSON.stringify(value), { ttl: keepMs });
        return value;
      } finally {
        if (reading.get(name) === ticket) reading.delete(name);
      }
    },
    change: async (entries, work) => {
      for (const { name } of entries) {
        changing.set(name, (changing.get(name) ?? 0) + 1);
        drop(name);
      }
      try {
        return await work();
      } finally {
        for (const { name } of entries) {
          const others = (changing.get(name) ?? 0) - 1;
          if (others > 0) changing.set(name, others);
          else changing.delete(name);
        }
      }
    },
    forget: async (userId) => {
      const names = namesOf(kept, userId);
      for (const name of [...names, ...namesOf(reading, userId)]) drop(name);
      return names.length;
    },
    count: async (userId) => namesOf(kept, userId).length,
    clear: async () => {
      kept.clear();
      reading.clear();
    },
    describe: () => `in this process, up to ${Math.round(maxBytes / 1024 / 1024)} MB`,
  };
}

function namesOf(names: { keys(): Iterable<string> }, userId: UserId): string[] {
  return [...names.keys()].filter((name) => name.startsWith(entriesOf(userId)));
}
