import { Command, InvalidArgumentError } from 'commander';

export interface GenerateFlags {
  readonly model?: string;
  readonly prompt?: string;
  readonly count: number;
  readonly seed?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly repetitionPenalty?: number;
  readonly maxTokens?: number;
  readonly raw?: boolean;
  readonly json?: boolean;
}

export function generateCommand(): Command {
  return new Command('generate')
    .description('Write texts and show them; nothing is queued or stored')
    .argument('[persona]', 'whose model, openings and sampling to use')
    .option('--model <model>', "a folder under models/ (default: the persona's, or starter)")
    .option('--prompt <text>', "what the texts begin with (default: one of the persona's, or nothing)")
    .option('-n, --count <count>', 'so many texts of one opening', integerFrom(1, 64), 3)
    .option('--seed <seed>', 'the same seed writes the same texts', integerFrom(0, 2 ** 32 - 65))
    .option('--temperature <number>', '0: always the likeliest token; 1: as the model learned', numberFrom(0, 5))
    .option('--top-k <count>', 'draw from so many likeliest tokens; 0: from all', integerFrom(0, 1_000_000))
    .option('--top-p <share>', 'draw from the likeliest tokens with this share of probability', share)
    .option('--repetition-penalty <number>', 'above 1: tokens already used become less likely', numberFrom(1, 10))
    .option('--max-tokens <count>', 'write at most so many tokens', integerFrom(1, 100_000))
    .option('--raw', 'show what the model wrote, not tidied')
    .option('--json', 'print an array of { text, tokens, logProbability, seed }')
    .addHelpText('after', '\nExample:\n  eidolon generate ambrose --prompt "POLITICS, n." -n 5 --seed 7')
    .action(async (persona: string | undefined, flags: GenerateFlags) => {
      const { generateTexts } = await import('./generate-texts.ts');
      await generateTexts(persona, flags);
    });
}

function numberFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = text.trim() === '' ? Number.NaN : Number(text);
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Expected a number from ${least} to ${most}.`);
  };
}

function integerFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = numberFrom(least, most)(text);
    if (Number.isInteger(number)) return number;
    throw new InvalidArgumentError('Expected a whole number.');
  };
}

function share(text: string): number {
  const number = numberFrom(0, 1)(text);
  if (number > 0) return number;
  throw new InvalidArgumentError('Expected a number above 0.');
}
