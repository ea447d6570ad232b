import { Command, InvalidArgumentError, Option } from 'commander';
import type { Overrides } from '../training/plan-training.ts';

export interface TrainFlags extends Overrides {
  /** Texts written at each look at the validation part. */
  readonly samples: number;
  readonly promote: boolean;
  /** Not to learn again what the newest training has learned. */
  readonly ifChanged?: boolean;
  readonly json?: boolean;
}

export function trainCommand(): Command {
  return new Command('train')
    .description("Fine-tune a model on a persona's corpus")
    .argument('<persona>', 'a folder under personas/')
    .option('--from <model>', "the folder under models/ to begin from (default: the persona's model, or its parent)")
    .option('--text <file>', "texts to learn instead of the persona's: .jsonl, or .txt with empty lines between them")
    .addOption(
      new Option('--method <method>', 'full: every weight moves; lora: a small adapter learns').choices([
        'full',
        'lora',
      ]),
    )
    .option('--epochs <count>', 'at most so many times through the corpus; the best look ends it', positive)
    .option('--learning-rate <rate>', 'the highest rate of the schedule', positive)
    .option('--seed <number>', 'another one reads in another order', whole)
    .option('--memory <size>', 'use at most so much, such as 4GB (default: a part of what is free)', size)
    .option('--samples <count>', 'texts to write at each look at the validation part', whole, 1)
    .option('--no-promote', "leave the persona's model as it is, whatever the gate says")
    .option('--if-changed', 'only when the texts are not those of the newest training, or it was stopped')
    .option('--json', 'print every step, sample and note, and at the end the result, as JSON lines')
    .addHelpText(
      'after',
      `
What is not said here is in persona.yaml under train:, stages and LoRA too. A run has a folder of its own
under data/runs/, with every number and report.html; its model becomes models/<persona> when it passes the
gate. Stop it when you like, by Ctrl-C or the power switch: the same command goes on.

Examples:
  eidolon train ambrose
  eidolon train ada --from gpt2 --method lora --memory 3GB`,
    )
    .action(async (name: string, flags: TrainFlags) => {
      const { beginWith, KEEPS_FREED_MEMORY } = await import('../malloc.ts');
      beginWith(KEEPS_FREED_MEMORY);
      const { trainPersona } = await import('./train-persona.ts');
      await trainPersona(name, flags);
    });
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0 && Number.isFinite(number))) throw new InvalidArgumentError('Expected a number above 0.');
  return number;
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('Expected a whole number.');
  return number;
}

const UNITS = { MB: 2 ** 20, GB: 2 ** 30 };

function size(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([MG]B)$/i.exec(text) ?? [];
  if (!number) throw new InvalidArgumentError('Expected a size such as 900MB or 4GB.');
  return Number(number) * UNITS[unit?.toUpperCase() as keyof typeof UNITS];
}
