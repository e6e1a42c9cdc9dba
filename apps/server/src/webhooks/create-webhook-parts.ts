import type { Mailer } from '@synap/auth';
import { createSecretBox, isPermittedTarget, type WebhookParts } from '@synap/core';
import type { Database } from '@synap/database';
import { createPublicPoster } from '@synap/outbound';
import type { Configuration } from '../config/environment.ts';
import type { DataDirectory } from '../data-directory.ts';
import type { Logger } from '../logger.ts';
import { createPauseNotice } from './pause-notice.ts';

/** What messages to webhooks are sent with, as it is configured; its poster is to be closed. */
export function createWebhookParts({
  configuration,
  directory,
  ...tools
}: {
  configuration: Configuration;
  directory: DataDirectory;
  database: Database;
  mailer: Mailer;
  logger: Logger;
}): WebhookParts {
  const { webhookPrivateHosts: privateHosts, accounts } = configuration;
  return {
    poster: createPublicPoster({
      isPermitted: (address, hostname) => isPermittedTarget(address, hostname, privateHosts),
    }),
    secrets: createSecretBox({ secret: accounts.secret ?? directory.sessionSecret }),
    privateHosts,
    tellOfPause: createPauseNotice(tools),
  };
}
