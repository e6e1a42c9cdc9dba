import type { Mailer } from './mailer.ts';

/** The letters that are sent to people who sign in. */
export function letters(mailer: Mailer) {
  return {
    /** The link leads to a page of this server that asks for the new password. */
    passwordReset: (to: string, { origin, token }: { origin: string; token: string }): Promise<void> =>
      mailer.send({
        to,
        subject: 'Choose a new password for Synap',
        text: [
          'Somebody, probably you, wants to choose a new password for Synap. Within an hour, this link does it:',
          '',
          `${origin}/reset-password?token=${encodeURIComponent(token)}`,
          '',
          'If it was not you, do nothing: your password stays what it is.',
        ].join('\n'),
      }),

    oneTimeCode: (to: string, code: string): Promise<void> =>
      mailer.send({
        to,
        subject: 'Your code for Synap',
        text: `Your code to sign in is ${code}. It is good for minutes.`,
      }),
  };
}
