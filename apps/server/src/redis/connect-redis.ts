import { once } from 'node:events';
import { Redis } from 'ioredis';

const COMMAND_TIMEOUT_MS = 500;
const CONNECT_TIMEOUT_MS = 2000;

/** A connection to Redis that all who use it share. */
export interface RedisConnection {
  readonly client: Redis;
  /** Asks whether it answers: its version, or `null`. */
  readVersion(): Promise<string | null>;
  close(): void;
}

/**
 * Connects; resolves when it is connected, or is seen not to answer. A connection that breaks is made again by itself.
 * Meanwhile commands fail at once: nobody waits for Redis, and none is repeated on another connection, where what it was
 * sent for may no longer hold.
 */
export async function connectRedis(options: {
  url: string;
  /** Told once when it does not answer, until it does again. */
  onLost: (error: Error) => void;
  onBack: () => void;
}): Promise<RedisConnection> {
  const client = new Redis(options.url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
  });
  let isLost = false;
  let isClosing = false;
  const lose = (error: Error): void => {
    if (!isLost && !isClosing) options.onLost(error);
    isLost = true;
  };
  client.on('ready', () => {
    if (isLost) options.onBack();
    isLost = false;
  });
  // It is tried again and again, which nobody need hear of each time.
  client.on('error', lose);
  client.on('close', () => lose(new Error('The connection was closed.')));
  // Why it is not ready is told above.
  await once(client, 'ready').catch(() => undefined);
  return {
    client,
    readVersion: async () => {
      try {
        const information = await client.info('server');
        return /redis_version:(\S+)/.exec(information)?.[1] ?? 'of an unknown version';
      } catch {
        // What it says of it is told above.
        return null;
      }
    },
    close: () => {
      isClosing = true;
      client.disconnect();
    },
  };
}
