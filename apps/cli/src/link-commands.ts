import { Command, InvalidArgumentError, Option } from 'commander';
import type { Connected } from './command.ts';
import {
  backlinks,
  colourTag,
  deleteTag,
  type GraphOptions,
  graph,
  listTags,
  mergeTag,
  renameTag,
} from './commands/links.ts';

/** So many things one picture has at the most. */
const GRAPH_MAX = 500;
const LIST_MAX = 200;

/** The commands about tags and about what links to what. */
export function addLinkCommands(program: Command, connected: Connected): void {
  connected(
    new Command('backlinks')
      .description('what links to it, with the words around the link')
      .argument('<id>')
      .option('--limit <number>', 'how many at the most', parseWithin(LIST_MAX), 50),
    (open, command) => backlinks(open, command.args[0] ?? '', command.opts<{ limit: number }>().limit),
  );
  connected(
    new Command('graph')
      .description('what is linked to something')
      .argument('<id>')
      .option('--depth <number>', 'over how many links', parseWithin(5), 1)
      .option('--types <type,…>', 'only over links of these types')
      .option('--limit <number>', 'how many things at the most', parseWithin(GRAPH_MAX), GRAPH_MAX)
      .option('--as-of <instant>', 'as it was then')
      .addOption(
        new Option('--format <format>', 'for people, for programs, for Graphviz or for Mermaid')
          .choices(['lines', 'json', 'dot', 'mermaid'])
          .default('lines'),
      ),
    (open, command) => graph(open, command.args[0] ?? '', command.opts<GraphOptions>()),
  );
  addTagCommands(program.command('tags').description('the tags in use').exitOverride(), connected);
}

function addTagCommands(tags: Command, connected: Connected): void {
  connected(
    new Command('list')
      .description('list them with how many things carry each; what is done when nothing is said')
      .option('--below <tag>', 'only this one and those below it'),
    (open, command) => listTags(open, command.opts<{ below?: string }>()),
    tags,
    { isDefault: true },
  );
  connected(
    new Command('rename')
      .description('give one another name on everything, and those below it with it')
      .argument('<tag>')
      .argument('<name>'),
    (open, { args: [tag = '', name = ''] }) => renameTag(open, tag, name),
    tags,
  );
  connected(
    new Command('colour')
      .description('give one a colour; none takes it away')
      .argument('<tag>')
      .argument('<colour>', 'such as #1e90ff, or none'),
    (open, { args: [tag = '', colour = ''] }) => colourTag(open, tag, colour),
    tags,
  );
  connected(
    new Command('merge').description('put another in its place on everything').argument('<tag>').argument('<into>'),
    (open, { args: [tag = '', into = ''] }) => mergeTag(open, tag, into),
    tags,
  );
  connected(
    new Command('delete')
      .description('take one from everything')
      .argument('<tag>')
      .option('--below', 'those below it, too', false),
    (open, command) => deleteTag(open, command.args[0] ?? '', command.opts<{ below: boolean }>()),
    tags,
  );
}

function parseWithin(max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= 1 && number <= max) return number;
    throw new InvalidArgumentError(`It is a whole number from 1 to ${max}.`);
  };
}
