import { Command, InvalidArgumentError } from 'commander';

export interface OrderFlags {
  readonly other?: string;
  readonly seeds: number;
  readonly steps?: number;
  readonly from?: string;
  readonly json?: boolean;
}

export interface GridFlags {
  readonly models?: readonly string[];
  readonly temperatures?: readonly number[];
  readonly topP?: readonly number[];
  readonly count: number;
  readonly seed: number;
  readonly judge?: string;
  readonly apply?: boolean;
  readonly json?: boolean;
}

export function experimentCommand(): Command {
  return new Command('experiment')
    .description('Compare ways to train and to write, with intervals')
    .addCommand(gridCommand())
    .addCommand(orderCommand());
}

function gridCommand(): Command {
  return new Command('grid')
    .description('Training sets by temperatures by top-p: texts of each, judged blind, with one key each')
    .argument('<persona>', 'a folder under personas/')
    .option('--models <names>', 'folders under models/, or runs, one for each training set (default: its own)', list)
    .option('--temperatures <numbers>', 'such as 0.6,0.8,1 (default: its own)', numbers(0, 5))
    .option('--top-p <shares>', 'such as 0.9,0.95,1 (default: its own)', numbers(0.001, 1))
    .option('-n, --count <count>', 'texts of each', whole, 20)
    .option('--seed <number>', 'other texts, in another order', whole, 1)
    .option('--judge <judge>', 'a fixed rule instead of you: simulated:<80, simulated:>80 or simulated:/pattern/i')
    .option('--apply', 'write the best into persona.yaml, once every text is judged')
    .option('--json', 'print the table as JSON')
    .addHelpText(
      'after',
      `
All texts are shuffled, and nothing says where one comes from. Leave when you like: the same command goes on.

Examples:
  eidolon experiment grid ambrose --temperatures 0.6,0.75,0.9 -n 40
  eidolon experiment grid ada --models ada,ada-2 --top-p 0.9,1 --apply`,
    )
    .action(async (name: string, flags: GridFlags) => {
      const { experimentGrid } = await import('./experiment-grid.ts');
      await experimentGrid(name, flags);
    });
}

const list = (text: string) => text.split(',').map((part) => part.trim());

function numbers(least: number, most: number): (text: string) => readonly number[] {
  return (text) =>
    list(text).map((part) => {
      const number = part === '' ? Number.NaN : Number(part);
      if (!(number >= least && number <= most)) {
        throw new InvalidArgumentError(`Expected numbers from ${least} to ${most}, with commas between.`);
      }
      return number;
    });
}

function orderCommand(): Command {
  return new Command('order')
    .description("Others' texts first and then one's own, against both mixed, against one's own alone")
    .argument('<persona>', 'a folder under personas/, with another corpus beside its own')
    .option('--other <corpus>', 'the other corpus by name (default: the only one that there is)')
    .option('--from <model>', 'the folder under models/ to begin from')
    .option('--seeds <count>', 'trainings of each kind', whole, 3)
    .option(
      '--steps <count>',
      'of every training (default: three epochs of its own texts and one of the others)',
      whole,
    )
    .option('--json', 'print the table as JSON')
    .addHelpText(
      'after',
      `
Nothing is promoted. Stop it when you like: the same command goes on, and tells at once what is done.

Example:
  eidolon archive add ambrose book.epub --author "Mark Twain" --corpus twain
  eidolon corpus build ambrose
  eidolon experiment order ambrose --other twain`,
    )
    .action(async (name: string, flags: OrderFlags) => {
      const { beginWith, KEEPS_FREED_MEMORY } = await import('../malloc.ts');
      beginWith(KEEPS_FREED_MEMORY);
      const { experimentOrder } = await import('./experiment-order.ts');
      await experimentOrder(name, flags);
    });
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('Expected a whole number above 0.');
  return number;
}
