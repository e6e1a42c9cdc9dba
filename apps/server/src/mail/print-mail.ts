import type { Mailer } from '@synap/auth';

/**
 * Writes letters where whoever runs the server sees them: on its standard output, never into the log, for a letter may
 * open an account.
 */
export function createPrintMailer(write: (text: string) => void): Mailer {
  return {
    send: async ({ to, subject, text }) => {
      const lines = text.split('\n').map((line) => `  ${line}`.trimEnd());
      write(
        [
          '',
          `There is no mail server (SMTP_URL), so this letter to ${to} is printed: ${subject}`,
          ...lines,
          '',
          '',
        ].join('\n'),
      );
    },
  };
}
