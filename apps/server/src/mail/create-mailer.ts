import type { Mailer } from '@synap/auth';
import { createPrintMailer } from './print-mail.ts';

/** The mail server that is configured, or where letters are printed. What is not configured is not loaded. */
export async function createMailer(
  mail: { url: string; from: string } | null,
  print: (text: string) => void,
): Promise<Mailer> {
  if (mail === null) return createPrintMailer(print);
  const { createSmtpMailer } = await import('./smtp-mail.ts');
  return createSmtpMailer(mail);
}
