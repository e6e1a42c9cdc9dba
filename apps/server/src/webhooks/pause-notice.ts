import type { Mailer } from '@synap/auth';
import type { PausedWebhook } from '@synap/core';
import { type Database, findEmail } from '@synap/database';
import type { Logger } from '../logger.ts';

const REASONS = {
  gone: 'Its receiver answered that it is gone for good (410).',
  failing: 'Every delivery to it has failed for a week.',
} as const;

/** Tells the person whose webhook was paused: by letter where they have an address, and in the log in any case. */
export function createPauseNotice({
  database,
  mailer,
  logger,
}: {
  database: Database;
  mailer: Mailer;
  logger: Logger;
}): (paused: PausedWebhook) => Promise<void> {
  return async ({ userId, webhookId, url, reason }) => {
    logger.warn({ webhookId, reason }, 'a webhook was paused, since nothing can be delivered to it');
    const to = await findEmail(database.queries, userId);
    if (to === null) return;
    // Whatever stands behind the host may be a secret of the receiver.
    const { host } = new URL(url);
    await mailer.send({
      to,
      subject: `Nothing is sent to ${host} any more`,
      text: [
        `The webhook ${webhookId} to ${host} was paused. ${REASONS[reason]}`,
        '',
        'What has happened since is not lost. Once the receiver is well, this sends all of it:',
        '',
        `synap webhooks resume ${webhookId}`,
        '',
        'What was tried, and what came of it:',
        '',
        `synap webhooks deliveries ${webhookId}`,
      ].join('\n'),
    });
  };
}
