import { Command, InvalidArgumentError } from 'commander';

export interface BenchFlags {
  readonly batches: readonly number[];
  readonly device?: string;
  readonly tokens: number;
  readonly json?: boolean;
}

export function benchCommand(): Command {
  return new Command('bench')
    .description('Measure how fast a model writes on this machine, by precision and device, and what memory it takes')
    .argument('<name>', 'a folder under models/')
    .option('--batches <counts>', 'texts side by side', counts, [1, 4, 8, 16])
    .option('--device <name>', 'only this one (default: all that the runtime has here)')
    .option('--tokens <count>', 'of each text', count, 32)
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      `
Measured are the model and what eidolon model quantize made of it, sampling included, each in a process of its
own: memory is the most that this process held, the program itself included. LOAD is from the first look at
the files until the model can write. Stop what else the machine does before you believe it.

Example:
  eidolon model bench ambrose`,
    )
    .action(async (name: string, flags: BenchFlags) => {
      const { bench } = await import('./bench.ts');
      await bench(name, flags);
    });
}

function counts(text: string): readonly number[] {
  return text.split(',').map(count);
}

function count(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 256) return number;
  throw new InvalidArgumentError('Expected whole numbers from 1 to 256.');
}
