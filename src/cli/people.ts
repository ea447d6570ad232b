import { Command } from 'commander';

interface Flags {
  readonly json?: true;
}

export function peopleCommand(): Command {
  return new Command('people')
    .description('Who spoke with a persona, what was said, and forgetting it')
    .argument('[persona]', 'only who spoke with this one')
    .option('--json', 'as one JSON array')
    .addHelpText(
      'after',
      '\nExamples:\n  eidolon people\n  eidolon people show ambrose @bob@example.social\n  eidolon people find ambrose "hope"\n  eidolon people forget ambrose @bob@example.social',
    )
    .action(async (persona: string | undefined, flags: Flags) => {
      const { listPeople } = await import('./show-people.ts');
      await listPeople(persona, flags);
    })
    .addCommand(
      new Command('show')
        .description('What somebody and the persona said to each other, by conversation')
        .argument('<persona>', 'to whom they spoke')
        .argument('<name>', 'theirs, such as @bob@example.social')
        .option('--json', 'as one JSON array of people with their conversations')
        .addHelpText('after', '\nExample:\n  eidolon people show ambrose @bob@example.social')
        .action(async (persona: string, name: string, _: object, command: Command) => {
          const { showPerson } = await import('./show-people.ts');
          await showPerson(persona, name, command.optsWithGlobals<Flags>());
        }),
    )
    .addCommand(
      new Command('find')
        .description('Where these words were said, by people or to them')
        .argument('<persona>', 'with whom')
        .argument('<words>', 'in any case')
        .option('--json', 'as one JSON array')
        .addHelpText('after', '\nExample:\n  eidolon people find ambrose "hope"')
        .action(async (persona: string, words: string, _: object, command: Command) => {
          if (words.trim() === '') command.error('error: what words? eidolon people find ambrose "hope"');
          const { findInPeople } = await import('./show-people.ts');
          await findInPeople(persona, words, command.optsWithGlobals<Flags>());
        }),
    )
    .addCommand(
      new Command('forget')
        .description('Take all that somebody said, and who they are, out of the store for good')
        .argument('<persona>', 'to whom they spoke')
        .argument('<name>', 'theirs')
        .option('--json', 'how many of their posts, and how many replies are withdrawn')
        .addHelpText(
          'after',
          '\nWhat the persona posted stays. Who asked not to be answered is not answered afterwards either.\n\nExample:\n  eidolon people forget ambrose @bob@example.social',
        )
        .action(async (persona: string, name: string, _: object, command: Command) => {
          const { forget } = await import('./show-people.ts');
          await forget(persona, name, command.optsWithGlobals<Flags>());
        }),
    );
}
