import { Command } from 'commander';
import type { NewFlags } from './make-persona.ts';

interface JsonFlag {
  readonly json?: boolean;
}

export function personaCommand(): Command {
  return new Command('persona')
    .description('Make, list and check personas')
    .addCommand(newCommand())
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(checkCommand());
}

function newCommand(): Command {
  return new Command('new')
    .description('Make a persona: a folder under personas/, never in the place of another')
    .argument('[name]', 'small letters, digits and hyphens')
    .option('--model <model>', 'a folder under models/')
    .option('--language <tag>', 'the language it writes, such as en or pt-BR')
    .option('--timezone <zone>', 'where it lives, such as Europe/Paris')
    .option('--corpus <file>', 'its texts to learn from: .jsonl, or .txt with an empty line between texts')
    .option('--json', 'ask nothing, and print what was made as JSON')
    .addHelpText(
      'after',
      `
Without a name, at a terminal, it asks for what is not given.

Example:
  eidolon persona new ada --model starter --corpus ~/ada-posts.txt`,
    )
    .action(async (name: string | undefined, flags: NewFlags, command: Command) => {
      const { makePersona } = await import('./make-persona.ts');
      await makePersona(name, flags, command);
    });
}

function listCommand(): Command {
  return new Command('list')
    .description('List the personas and where they post')
    .option('--json', 'print them as JSON')
    .addHelpText('after', '\nExample:\n  eidolon persona list')
    .action(async ({ json = false }: JsonFlag) => {
      const { listPersonas } = await import('./list-personas.ts');
      listPersonas(json);
    });
}

function checkCommand(): Command {
  return new Command('check')
    .description('Read everything a persona is made of, and say what is wrong with it')
    .argument('[name]', 'only this one')
    .option('--json', 'print what was found as JSON')
    .addHelpText('after', '\nExample:\n  eidolon persona check ambrose')
    .action(async (name: string | undefined, { json = false }: JsonFlag) => {
      const { checkPersonas } = await import('./check-personas.ts');
      checkPersonas(name, json);
    });
}
