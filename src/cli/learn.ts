import { Command, InvalidArgumentError } from 'commander';

export interface LearnFlags {
  /** Not to learn again what the newest adapter has learned. */
  readonly ifChanged?: boolean;
  readonly json?: boolean;
}

export function learnCommand(): Command {
  return new Command('learn')
    .enablePositionalOptions() // --json belongs to the subcommand that it stands after
    .description('Teach a persona what its owner approved: an adapter, let in by the gate')
    .argument('<persona>', 'a folder under personas/')
    .option('--if-changed', 'only when something was decided since the newest adapter, or learning was stopped')
    .option('--json', 'print every step and note, and at the end the result, as JSON lines')
    .addHelpText(
      'after',
      `
A LoRA adapter learns the texts that you approved or wrote, and as many tokens of the persona's own corpus, always from
the persona's model. What passes the gate comes on trial: it writes every other draft until blind decisions tell whether
you approve it more often. Until then, and if not, the persona speaks as before. Stop it when you like: the same
command goes on. What it learns by, and at night, is in persona.yaml under learn:.

Examples:
  eidolon learn ambrose
  eidolon learn history ambrose
  eidolon learn promote 3`,
    )
    .action(async (name: string, flags: LearnFlags) => {
      const { beginWith, KEEPS_FREED_MEMORY } = await import('../malloc.ts');
      beginWith(KEEPS_FREED_MEMORY);
      const { learnPersona } = await import('./learn-persona.ts');
      await learnPersona(name, flags);
    })
    .addCommand(historyCommand())
    .addCommand(promoteCommand())
    .addCommand(rollbackCommand());
}

function historyCommand(): Command {
  return new Command('history')
    .description('Every adapter of a persona, refused ones too, with every number of the gate')
    .argument('<persona>', 'a folder under personas/')
    .option('--json', 'as one JSON document')
    .addHelpText('after', '\nExample:\n  eidolon learn history ambrose')
    .action(async (name: string, { json = false }: LearnFlags) => {
      const { learnHistory } = await import('./learn-history.ts');
      await learnHistory(name, json);
    });
}

function promoteCommand(): Command {
  return new Command('promote')
    .description('Speak with an adapter from the next draft on, on your own word')
    .argument('<id>', 'as eidolon learn history shows it', adapterId)
    .option('--json', 'as one JSON document')
    .addHelpText('after', '\nExample:\n  eidolon learn promote 3')
    .action(async (id: number, { json = false }: LearnFlags) => {
      const { promoteById } = await import('./learn-moves.ts');
      await promoteById(id, json);
    });
}

function rollbackCommand(): Command {
  return new Command('rollback')
    .description('Stop speaking with an adapter, or trying it: what was before comes back')
    .argument('<id>', 'as eidolon learn history shows it', adapterId)
    .option('--json', 'as one JSON document')
    .addHelpText('after', '\nExample:\n  eidolon learn rollback 3')
    .action(async (id: number, { json = false }: LearnFlags) => {
      const { rollBackById } = await import('./learn-moves.ts');
      await rollBackById(id, json);
    });
}

function adapterId(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('Expected the number of an adapter.');
  return number;
}
