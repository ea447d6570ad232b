import { Command, InvalidArgumentError } from 'commander';

export interface OrderFlags {
  readonly other?: string;
  readonly seeds: number;
  readonly steps?: number;
  readonly from?: string;
  readonly json?: boolean;
}

export function experimentCommand(): Command {
  return new Command('experiment').description('Compare ways to train, with intervals').addCommand(orderCommand());
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
      const { keepFreedMemory } = await import('../training/run/keep-freed-memory.ts');
      keepFreedMemory();
      const { experimentOrder } = await import('./experiment-order.ts');
      await experimentOrder(name, flags);
    });
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('Expected a whole number above 0.');
  return number;
}
