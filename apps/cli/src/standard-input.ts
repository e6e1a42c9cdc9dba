import { buffer } from 'node:stream/consumers';
import { CommandFailed } from './command-failed.ts';

/**
 * All of standard input as text, or `null` where it is a terminal: nobody is made to wait for what was never meant.
 * @throws {CommandFailed} if it is no UTF-8.
 */
export async function readStandardInput(): Promise<string | null> {
  if (process.stdin.isTTY) return null;
  return decodeUtf8(await buffer(process.stdin), 'standard input');
}

/** @throws {CommandFailed} naming where the bytes come from, if they are no UTF-8. */
export function decodeUtf8(bytes: Uint8Array, origin: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new CommandFailed(`${origin} is no UTF-8 text.`);
  }
}
