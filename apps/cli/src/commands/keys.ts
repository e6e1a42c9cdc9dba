import colors from 'picocolors';
import type { CommandEnvironment } from '../command.ts';
import { WrongUsage } from '../command-failed.ts';
import { localTime } from '../output.ts';

/*
 * The keys with which programs sign in.
 */

type Api = CommandEnvironment['client']['api'];
type Keys = Awaited<ReturnType<Api['apiKeys']['list']['query']>>;
type Scopes = Keys['items'][number]['scopes'];

export interface NewKeyOptions {
  /** As they are typed; the server knows which there are. */
  readonly scope: readonly string[];
  readonly expires?: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** `synap keys`: the keys that are not revoked. */
export async function listKeys({ client, output }: CommandEnvironment): Promise<void> {
  const answer = await client.api.apiKeys.list.query({});
  output.result(answer, answer.items.length === 0 ? ['There is no key.'] : answer.items.map(keyLine));
}

/** `synap keys create`: makes a key, and shows it this once. */
export async function createKey(
  { client, output }: CommandEnvironment,
  name: string,
  { scope, expires }: NewKeyOptions,
): Promise<void> {
  const expiresAt = expires === undefined ? {} : { expiresAt: expiryOf(expires) };
  const answer = await client.api.apiKeys.create.mutate({ name, scopes: scope as Scopes, ...expiresAt });
  output.message('This is the only time that the key is shown:');
  output.result(answer, [answer.key]);
}

/** `synap keys revoke`: ends keys at once. */
export async function revokeKeys({ client, output }: CommandEnvironment, ids: readonly string[]): Promise<void> {
  for (const id of ids) await client.api.apiKeys.revoke.mutate({ id });
  output.result({ revoked: ids }, [ids.length === 1 ? 'The key is none any more.' : 'The keys are none any more.']);
}

function keyLine({ id, name, prefix, scopes, expiresAt, lastUsedAt }: Keys['items'][number]): string {
  const parts = [`${prefix}…`, colors.bold(name), scopes.join(' ')];
  if (expiresAt !== null) parts.push(`until ${localTime(expiresAt)}`);
  parts.push(lastUsedAt === null ? 'never used' : `used ${localTime(lastUsedAt)}`, colors.dim(id));
  return parts.join('  ');
}

/** A number of days from now, or an instant. */
function expiryOf(text: string): string {
  const days = /^([1-9]\d{0,4})d$/.exec(text)?.[1];
  const instant = days === undefined ? Date.parse(text) : Date.now() + Number(days) * DAY_MS;
  if (Number.isNaN(instant)) throw new WrongUsage('--expires takes a number of days such as 90d, or an instant.');
  return new Date(instant).toISOString();
}
