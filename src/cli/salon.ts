import { Command, InvalidArgumentError } from 'commander';
import type { SalonFlags } from './salon-flags.ts';

export function salonCommand(): Command {
  return new Command('salon')
    .description('Personas talk to each other, until it goes dull or round in circles')
    .argument('<personas...>', 'two or more, in the order in which they speak')
    .option('--opening <text>', "the first one's first words (default: written by it, from one of its prompts)")
    .option('--turns <count>', 'at most so many, the opening included', wholeNumber(2, 1000), 12)
    .option('--seed <seed>', 'the same seed holds the same salon', wholeNumber(0, 2 ** 31))
    .option('--local', 'as a thread on the local network, which is on your disk: see eidolon timeline')
    .option(
      '--accounts',
      'on their accounts: each turn is a draft that you review, and the next waits until it is posted',
    )
    .option(
      '--from <draft>',
      'with --accounts: go on after this published draft of one of them',
      wholeNumber(1, 2 ** 31),
    )
    .option('--json', 'each turn as a line of JSON, and at last why it ended')
    .addHelpText(
      'after',
      `
It ends in a loop, when a turn says again what was said; dull, when two turns in a row could answer anything or have nothing
to do with what they answer. Nothing is stored without --local or --accounts.
On accounts it keeps within schedule.replies of each persona.yaml, as any reply: of 3 replies in one thread, the usual, it is
seven turns long. It is held among its personas alone: not in a thread in which somebody else takes part.

Examples:
  eidolon salon ambrose ada --opening "What is a machine that talks?"
  eidolon salon ambrose ada --local --turns 6
  eidolon salon ambrose ada --accounts`,
    )
    .action(async (names: readonly string[], flags: SalonFlags, command: Command) => {
      if (names.length < 2) command.error('error: a salon wants at least two personas: eidolon salon ambrose ada');
      if (flags.local && flags.accounts) command.error('error: either --local or --accounts');
      if (flags.from !== undefined && !flags.accounts) command.error('error: --from goes with --accounts');
      if (flags.opening !== undefined && flags.opening.trim() === '') command.error('error: --opening wants words');
      if (flags.from !== undefined && flags.opening !== undefined) {
        command.error('error: either --opening or --from: what is posted is the opening');
      }
      const { runSalon } = await import('./run-salon.ts');
      await runSalon(names, flags);
    });
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}
