import type { Mailer } from '@synap/auth';
import { Unavailable } from '@synap/domain';
import { createTransport } from 'nodemailer';

const TIMEOUT_MS = 20_000;

/** Sends letters by a mail server (SMTP, RFC 5321). */
export function createSmtpMailer({ url, from }: { url: string; from: string }): Mailer {
  const transport = createTransport({
    url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  });
  return {
    send: async (mail) => {
      try {
        await transport.sendMail({ from, ...mail });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Unavailable('mail', `The mail server took no letter: ${reason}`, { cause: error });
      }
    },
  };
}
