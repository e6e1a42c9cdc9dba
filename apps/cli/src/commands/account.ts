import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { CommandEnvironment } from '../command.ts';
import { WrongUsage } from '../command-failed.ts';
import { readStandardInput } from '../standard-input.ts';

/** `synap account create`: the owner's account; with the owner's key, whoever else may sign up. */
export async function createAccount(
  { client, output }: CommandEnvironment,
  email: string,
  { name = email }: { name?: string },
): Promise<void> {
  const password = ((await readStandardInput()) ?? (await askPassword(output))).replace(/\r?\n$/, '');
  if (password === '') throw new WrongUsage('An account needs a password, on standard input or typed.');
  const response = await client.request('/api/auth/sign-up/email', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password, name }),
  });
  const { user } = (await response.json()) as { user: { id: string; email: string } };
  output.result({ id: user.id, email: user.email }, [`${user.email} can sign in, and finds what is kept here.`]);
}

/** Asks at the terminal, and shows nothing of what is typed. */
async function askPassword(output: CommandEnvironment['output']): Promise<string> {
  output.message('Password:');
  const nowhere = new Writable({ write: (_part, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
  }
}
