import { Command, InvalidArgumentError, Option } from 'commander';
import { type Connected, withClient } from './command.ts';
import { createAccount } from './commands/account.ts';
import { type ActivityOptions, activity } from './commands/activity.ts';
import { type AddOptions, add } from './commands/add.ts';
import { ask, duplicates, merge, related, type SearchOptions, search } from './commands/answers.ts';
import { linkCalendar, revokeCalendar, showCalendar } from './commands/calendar.ts';
import { capture } from './commands/capture.ts';
import { cost } from './commands/cost.ts';
import { doctor } from './commands/doctor.ts';
import { type TailOptions, tailEvents } from './commands/events.ts';
import { file } from './commands/file.ts';
import { createKey, listKeys, type NewKeyOptions, revokeKeys } from './commands/keys.ts';
import { history, type ListOptions, list, show, type TaskOptions, tasks } from './commands/read.ts';
import { listReruns, type RerunOptions, rerun } from './commands/rerun.ts';
import { checkpoint, migrateFiles, rebuild, type VerifyOptions, verify } from './commands/store.ts';
import { decideSuggestions, listSuggestions, type SuggestionListOptions } from './commands/suggestions.ts';
import { changes, diff, purge, revert, undo } from './commands/time.ts';
import { dropRuns, listRuns, type RunListOptions, retryRuns } from './commands/workflows.ts';
import { done, edit, remove, tag, undelete } from './commands/write.ts';
import { addLinkCommands } from './link-commands.ts';
import { addWebhookCommands } from './webhook-commands.ts';

const ENTITY_TYPES = ['note', 'task', 'project', 'page', 'event', 'idea'];
const LIST_MAX = 200;

/**
 * The command line: every command with its arguments, options and help.
 * @param environment the environment variables.
 * @param actions.serve runs the server in this process; the only command that needs no connection.
 */
export function createProgram(
  environment: Readonly<Record<string, string | undefined>>,
  actions: { serve: () => Promise<void> },
): Command {
  const program = new Command('synap')
    .description('Keeps what you think, and finds it again.')
    .option('--json', 'one JSON document on standard output, nothing else')
    .option('--url <url>', 'a Synap server (SYNAP_URL); left out, the one on the data directory, or the store itself')
    .option('--api-key <key>', 'the key for that server (SYNAP_API_KEY)')
    .showHelpAfterError('(synap --help tells what there is)')
    .exitOverride();

  /** A command whose work needs a connection; its arguments and options follow the environment. */
  const connected: Connected = (definition, work, parent = program, options = {}) => {
    definition.exitOverride().action(async () => withClient(definition, environment, (open) => work(open, definition)));
    parent.addCommand(definition, options);
  };

  program.command('serve').description('run the server').action(actions.serve);

  connected(
    new Command('capture')
      .description('take in a thought; it becomes a task, an event, an idea … by itself')
      .argument('[text...]', 'the thought; left out, standard input')
      .option('--no-wait', 'do not wait for its enrichment'),
    (open, command) => capture(open, command.args, command.opts<{ wait: boolean }>()),
  );
  connected(
    new Command('add')
      .description(
        'keep files of any kind: Markdown and other text, HTML, PDF, Word, images, audio, video; and web pages',
      )
      .argument('<path...>', 'files, directories, or addresses that begin with https:// or http://')
      .option('--attach-to <id>', 'what they belong to'),
    (open, command) => add(open, command.args, command.opts<AddOptions>()),
  );
  connected(
    new Command('list')
      .description('list what is kept, the last changed first')
      .addOption(typeOption())
      .option('--tag <name>', 'only with this tag')
      .addOption(new Option('--status <status>', 'only tasks').choices(['todo', 'in_progress', 'done', 'cancelled']))
      .option('--deleted', 'what is in the trash')
      .option('--limit <number>', 'how many at the most', parseLimit, 50)
      .option('--cursor <cursor>', 'go on where a list stopped'),
    (open, command) => list(open, command.opts<ListOptions>()),
  );
  connected(new Command('show').description('show one thing with its content').argument('<id>'), (open, command) =>
    show(open, firstArgument(command)),
  );
  connected(
    new Command('file')
      .description('save the content as a file')
      .argument('<id>')
      .option('--output <path>', 'where to; left out, under its name in this directory; - is standard output'),
    (open, command) => file(open, firstArgument(command), command.opts<{ output?: string }>()),
  );
  connected(
    new Command('edit').description('change the content, in $EDITOR or from standard input').argument('<id>'),
    (open, command) => edit(open, firstArgument(command), environment.EDITOR),
  );
  connected(
    new Command('search')
      .description('find by meaning and by words')
      .argument('[query...]', 'words, "a phrase", type:task, is:open, due:2026-11 …; -without behind --')
      .option('--status', 'what can be found, what cannot yet, and why', false)
      .addOption(new Option('--mode <mode>', 'how to search').choices(['hybrid', 'semantic', 'text']).default('hybrid'))
      .addOption(typeOption())
      .option('--tag <name>', 'only with this tag')
      .option('--as-of <instant>', 'what was there then')
      .option('--limit <number>', 'how many at the most', parseLimit, 10)
      .option('--explain', 'say how the answer came about')
      .option('--why-not <id>', 'say why this one was not found'),
    (open, command) => search(open, command.args, command.opts<SearchOptions>()),
  );
  connected(
    new Command('ask').description('answer a question from the notes, with sources').argument('<question...>'),
    (open, command) => ask(open, command.args),
  );
  connected(
    new Command('related')
      .description('what belongs to it, by links and by meaning')
      .argument('<id>')
      .option('--limit <number>', 'how many at the most', parseLimit, 10),
    (open, command) => related(open, firstArgument(command), command.opts<{ limit: number }>().limit),
  );
  connected(new Command('duplicates').description('what is there twice, or nearly so'), (open) => duplicates(open));
  connected(
    new Command('merge')
      .description('make one of two; the second goes into the trash')
      .argument('<id>')
      .argument('<duplicate-id>')
      .option('--append', 'append its content, too', false),
    (open, command) => merge(open, command.args, command.opts<{ append: boolean }>()),
  );
  connected(
    new Command('tasks')
      .description('what is still to do, what is due first first')
      .option('--overdue', 'what should be done already', false)
      .option('--today', 'what is due today', false)
      .option('--upcoming', 'what is due later', false)
      .option('--all', 'also what is done or cancelled', false)
      .option('--limit <number>', 'how many at the most', parseLimit, 200)
      .option('--cursor <cursor>', 'go on where a list stopped'),
    (open, command) => tasks(open, command.opts<TaskOptions>()),
  );
  connected(new Command('done').description('complete a task').argument('<id>'), (open, command) =>
    done(open, firstArgument(command)),
  );
  connected(new Command('delete').description('move to the trash').argument('<id>'), (open, command) =>
    remove(open, firstArgument(command)),
  );
  connected(new Command('undelete').description('bring back from the trash').argument('<id>'), (open, command) =>
    undelete(open, firstArgument(command)),
  );
  connected(
    new Command('tag')
      .description('tag something')
      .argument('<id>')
      .argument('<name...>')
      .option('--remove', 'take the tags away', false),
    (open, command) => tag(open, firstArgument(command), command.args.slice(1), command.opts<{ remove: boolean }>()),
  );
  addLinkCommands(program, connected);
  connected(
    new Command('history').description('all that ever happened to something').argument('<id>'),
    (open, command) => history(open, firstArgument(command)),
  );
  connected(
    new Command('changes')
      .description('what was done lately: each request, import and run')
      .option('--limit <number>', 'how many at the most', parseLimit, 20),
    (open, command) => changes(open, command.opts<{ limit: number }>()),
  );
  connected(
    new Command('undo')
      .description('undo all that one request, import or run did')
      .argument('[correlation-id]', 'left out, the last one')
      .option('--force', 'also what was changed since', false),
    (open, command) => undo(open, command.args[0], command.opts<{ force: boolean }>()),
  );
  connected(
    new Command('revert').description('make something what it was').argument('<id>').argument('<version>'),
    (open, command) => revert(open, firstArgument(command), command.args[1] ?? ''),
  );
  connected(
    new Command('diff')
      .description('what changed in the text between two versions')
      .argument('<id>')
      .argument('<from-version>')
      .argument('<to-version>'),
    (open, command) => diff(open, firstArgument(command), command.args[1] ?? '', command.args[2] ?? ''),
  );
  connected(
    new Command('purge').description('erase something in the trash for good').argument('<id>'),
    (open, command) => purge(open, firstArgument(command)),
  );
  connected(
    new Command('verify')
      .description('find whatever is not as it must be: in the log, the rows, the files')
      .option('--chain', 'only the log and its signed checkpoints', false)
      .option('--files', 'only the files', false)
      .option('--checkpoint <file>', 'compare with this copy of a checkpoint, too')
      .option('--public-key <key>', 'the key that must have signed it')
      .option('--erased <user-id>', 'look for traces of an account that was erased, instead'),
    (open, command) => verify(open, command.opts<VerifyOptions>()),
  );
  connected(
    new Command('migrate')
      .description('move all files into the bucket that is configured, or back into the data directory')
      .addOption(new Option('--to <home>', 'where to').choices(['s3', 'local']).makeOptionMandatory())
      .option('--delete-source', 'remove them from where they were once all are copied', false),
    (open, command) => migrateFiles(open, command.opts<Parameters<typeof migrateFiles>[1]>()),
    program.command('files').description('where the files lie').exitOverride(),
  );
  const suggestions = program.command('suggestions').description('what analyses were not sure of, for you to decide');
  suggestions.exitOverride();
  connected(
    new Command('list')
      .description('list what waits for a decision; what is listed when nothing is said')
      .addOption(
        new Option('--status <status>', 'which')
          .choices(['open', 'accepted', 'declined', 'superseded', 'withdrawn'])
          .default('open'),
      )
      .option('--limit <number>', 'how many at the most', parseLimit, 50)
      .option('--cursor <cursor>', 'go on where a list stopped'),
    (open, command) => listSuggestions(open, command.opts<SuggestionListOptions>()),
    suggestions,
    { isDefault: true },
  );
  for (const decision of ['accept', 'decline'] as const) {
    connected(
      new Command(decision)
        .description(decision === 'accept' ? 'take suggestions over' : 'refuse suggestions; they do not come back')
        .argument('[id...]')
        .option('--all', 'all that are open', false),
      (open, command) => decideSuggestions(open, decision, command.args, command.opts<{ all: boolean }>()),
      suggestions,
    );
  }
  const ai = program.command('ai').description('what models make of captures');
  ai.exitOverride();
  connected(
    new Command('rerun')
      .description('analyse captures again, show what differs from what stands, and apply it if asked')
      .option('--model <name>', 'local, or a model of the provider; left out, the one that is configured')
      .option('--since <date>', 'only what was captured since this day or instant')
      .option('--id <id>', 'an earlier rerun, instead of a new one')
      .option('--apply', 'apply what differs', false)
      .option('--only <id,…>', 'apply it to these things only'),
    (open, command) => rerun(open, command.opts<RerunOptions>()),
    ai,
  );
  connected(
    new Command('reruns').description('what was analysed again').option('--limit <number>', 'how many', parseLimit, 20),
    (open, command) => listReruns(open, command.opts<{ limit: number }>()),
    ai,
  );
  const workflows = program.command('workflows').description('the work in the background, and what of it failed');
  workflows.exitOverride();
  connected(
    new Command('list')
      .description('list the runs that failed for good, or others; what is listed when nothing is said')
      .addOption(
        new Option('--status <status>', 'which')
          .choices(['failed', 'waiting', 'running', 'succeeded', 'all'])
          .default('failed'),
      )
      .option('--limit <number>', 'how many at the most', parseLimit, 50)
      .option('--cursor <cursor>', 'go on where a list stopped'),
    (open, command) => listRuns(open, command.opts<RunListOptions>()),
    workflows,
    { isDefault: true },
  );
  connected(
    new Command('retry')
      .description('run failed runs again, from the step that failed')
      .argument('[run-id...]')
      .option('--all', 'all that failed', false),
    (open, command) => retryRuns(open, command.args, command.opts<{ all: boolean }>()),
    workflows,
  );
  connected(
    new Command('drop').description('forget runs').argument('[run-id...]').option('--all', 'all that failed', false),
    (open, command) => dropRuns(open, command.args, command.opts<{ all: boolean }>()),
    workflows,
  );
  connected(
    new Command('create')
      .description('make the account with which the owner signs in; the password comes from standard input')
      .argument('<email>')
      .option('--name <name>', 'what you are called; left out, the address'),
    (open, command) => createAccount(open, firstArgument(command), command.opts<{ name?: string }>()),
    program.command('account').description('who signs in with a password').exitOverride(),
  );
  const calendar = program.command('calendar').description('the link by which calendars follow what is due');
  calendar.exitOverride();
  connected(
    new Command('show').description('say whether there is one; what is done when nothing is said'),
    (open) => showCalendar(open),
    calendar,
    { isDefault: true },
  );
  connected(
    new Command('link').description('make one, show it this once, and end the one before'),
    (open) => linkCalendar(open),
    calendar,
  );
  connected(new Command('revoke').description('end it'), (open) => revokeCalendar(open), calendar);
  const keys = program.command('keys').description('the keys with which programs sign in').exitOverride();
  connected(
    new Command('list').description('list them; what is done when nothing is said'),
    (open) => listKeys(open),
    keys,
    { isDefault: true },
  );
  connected(
    new Command('create')
      .description('make one, and show it this once')
      .argument('<name>', 'what it is for')
      .option('--scope <scope...>', 'what it may do: read, write, admin, or of one kind only: tasks:write', ['read'])
      .option('--expires <when>', 'a number of days such as 90d, or an instant; left out, never'),
    (open, command) => createKey(open, firstArgument(command), command.opts<NewKeyOptions>()),
    keys,
  );
  connected(
    new Command('revoke').description('end them, at once').argument('<id...>'),
    (open, command) => revokeKeys(open, command.args),
    keys,
  );
  connected(
    new Command('tail')
      .description('show what happens as it happens, until Ctrl-C; with --json one document a line')
      .option('--after <position>', 'first what came after this position of the log; 0 is all')
      .option('--type <type>', 'only events of this type, such as task.completed')
      .option('--of <id>', 'only those of this thing')
      .option('--count <number>', 'end after so many', parseCount),
    (open, command) => tailEvents(open, command.opts<TailOptions>()),
    program.command('events').description('what happens').exitOverride(),
  );
  addWebhookCommands(program, connected, { firstArgument, limit: parseLimit });
  connected(
    new Command('rebuild')
      .description('make every row anew from the log')
      .option('--index', 'the search index from the files, instead', false),
    (open, command) => rebuild(open, command.opts<{ index: boolean }>()),
  );
  connected(new Command('checkpoint').description('sign where the log stands'), (open) => checkpoint(open));
  connected(
    new Command('cost')
      .description('what was spent at providers of models, by day')
      .option('--days <number>', 'how many, today among them', parseDays, 30),
    (open, command) => cost(open, command.opts<{ days: number }>()),
  );
  connected(
    new Command('activity')
      .description('how much was done on each day, and for how many days in a row')
      .option('--from <day>', 'the first day (default: 30 days ago; with --changed, Monday)')
      .option('--to <day>', 'the last day (default: today)')
      .option('--changed', 'what was changed, this week by default'),
    (open, command) => activity(open, command.opts<ActivityOptions>()),
  );
  connected(new Command('doctor').description('tell whether everything works'), (open) => doctor(open));
  return program;
}

function typeOption(): Option {
  return new Option('--type <type>', 'only this kind').choices(ENTITY_TYPES);
}

function parseDays(text: string): number {
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > 366) throw new InvalidArgumentError('It is 1 to 366.');
  return days;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('It is a whole number from 1 on.');
  return count;
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIST_MAX) {
    throw new InvalidArgumentError(`It is a whole number from 1 to ${LIST_MAX}.`);
  }
  return limit;
}

/** Commander has made sure that a required argument is there. */
function firstArgument(command: Command): string {
  const [first] = command.args;
  if (first === undefined) throw new Error(`${command.name()} was run without its argument.`);
  return first;
}
