/**
 * Who may make an account. The owner of an installation is there before any account is: whoever begins with the command
 * line has notes and no address. The first account that is made takes that user over, so that a person who signs up in
 * the console finds their notes there; it is one user, not two.
 *
 * So the first account is more than an account: it opens what is there. Where only the machine itself reaches the server,
 * or nothing is there yet, it may be anybody's; else it takes the owner's key. The key also makes the owner's account
 * where nobody may sign up.
 */
import { findOwner } from '@synap/database';
import type { UserId } from '@synap/domain';
import { APIError } from 'better-auth/api';
import { SignUp, type SignUpRules } from './sign-up-rules.ts';

/**
 * The user that a new account would be of, or `null` for a new one.
 * @throws {APIError} if this request may make none.
 */
export async function admitSignUp(rules: SignUpRules, headers: Headers | undefined): Promise<UserId | null> {
  const { database, signUp } = rules;
  const owner = await findOwner(database.queries);
  const isUnclaimed = owner !== null && !owner.hasAccount;
  if (isUnclaimed && headers !== undefined && (await rules.isFromOwner(headers))) return owner.id;
  if (signUp === SignUp.closed) throw refusal('SIGN_UP_CLOSED', 'Nobody can make an account here.');
  if (isUnclaimed) {
    if (await rules.mayBeTakenOver(owner.id)) return owner.id;
    throw refusal(
      'OWNER_KEY_NEEDED',
      'Something is kept here already, and the first account opens it: send the key in the file owner-key of the data directory as “Authorization: Bearer …”.',
    );
  }
  if (signUp === SignUp.open) return null;
  throw refusal('SIGN_UP_CLOSED', 'There is an account already, and nobody else can make one here.');
}

function refusal(code: string, message: string): APIError {
  return new APIError('FORBIDDEN', { code, message });
}
