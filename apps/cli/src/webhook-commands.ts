import { Command, Option } from 'commander';
import type { CommandEnvironment } from './command.ts';
import {
  addWebhook,
  type DeliveryListOptions,
  listDeliveries,
  listWebhooks,
  type NewWebhookOptions,
  pauseWebhook,
  type ReplayOptions,
  removeWebhooks,
  replayWebhook,
  resumeWebhook,
  retryDeliveries,
  rotateSecret,
  testWebhook,
} from './commands/webhooks.ts';

type Work = (connection: CommandEnvironment, command: Command) => Promise<void>;

/** `synap webhooks …`: `connected` adds a command whose work needs a connection. */
export function addWebhookCommands(
  program: Command,
  connected: (definition: Command, work: Work, parent: Command, options?: { isDefault?: boolean }) => void,
  parse: { firstArgument: (command: Command) => string; limit: (text: string) => number },
): void {
  const webhooks = program.command('webhooks').description('the addresses that are told of what happens');
  webhooks.exitOverride();
  const { firstArgument } = parse;
  connected(
    new Command('list').description('list them; what is done when nothing is said'),
    (open) => listWebhooks(open),
    webhooks,
    { isDefault: true },
  );
  connected(
    new Command('add')
      .description('have an address told, and show its secret this once')
      .argument('<url>')
      .option('--events <type...>', 'of which events: task.completed, all that begin so: task.*; left out, all')
      .option('--description <text>', 'what it is for'),
    (open, command) => addWebhook(open, firstArgument(command), command.opts<NewWebhookOptions>()),
    webhooks,
  );
  connected(
    new Command('remove').description('end them, with all that is known of their deliveries').argument('<id...>'),
    (open, command) => removeWebhooks(open, command.args),
    webhooks,
  );
  connected(
    new Command('pause').description('send nothing, until it is resumed').argument('<id>'),
    (open, command) => pauseWebhook(open, firstArgument(command)),
    webhooks,
  );
  connected(
    new Command('resume')
      .description('send again, first what was missed')
      .argument('<id>')
      .option('--skip-missed', 'without what was missed', false),
    (open, command) => resumeWebhook(open, firstArgument(command), command.opts<{ skipMissed: boolean }>()),
    webhooks,
  );
  connected(
    new Command('rotate').description('give it another secret, and show that this once').argument('<id>'),
    (open, command) => rotateSecret(open, firstArgument(command)),
    webhooks,
  );
  connected(
    new Command('test').description('send one message, and say what came of it').argument('<id>'),
    (open, command) => testWebhook(open, firstArgument(command)),
    webhooks,
  );
  connected(
    new Command('deliveries')
      .description('what was sent, the last first, with every attempt')
      .argument('<id>')
      .addOption(new Option('--status <status>', 'only these').choices(['waiting', 'delivered', 'dead', 'skipped']))
      .option('--limit <number>', 'how many at the most', parse.limit, 20)
      .option('--cursor <cursor>', 'go on where a list stopped'),
    (open, command) => listDeliveries(open, firstArgument(command), command.opts<DeliveryListOptions>()),
    webhooks,
  );
  connected(
    new Command('retry')
      .description('have deliveries tried again, from the beginning')
      .argument('<id>')
      .argument('<delivery-id...>'),
    (open, command) => retryDeliveries(open, command.args),
    webhooks,
  );
  connected(
    new Command('replay')
      .description('send what has happened once more, little by little')
      .argument('<id>')
      .option('--after <position>', 'what comes after this position of the log; 0 is all')
      .option('--since <date>', 'what has happened since this day or instant'),
    (open, command) => replayWebhook(open, firstArgument(command), command.opts<ReplayOptions>()),
    webhooks,
  );
}
