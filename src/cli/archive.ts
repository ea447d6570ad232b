/** Archives: what is read from the exports of services, and what is to be forgotten of it. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { isZone } from '../archive/local-time.ts';
import type { AddFlags } from './archive-add.ts';

export function archiveCommand(): Command {
  return new Command('archive')
    .description("The exports that a persona's corpus is made of")
    .addCommand(addCommand())
    .addCommand(formatsCommand())
    .addCommand(listCommand())
    .addCommand(forgetCommand())
    .addHelpText(
      'after',
      `
Where to ask for an export, and what to drop here: eidolon archive formats

From an export to a model of your own:
  eidolon archive add ada ~/Downloads/twitter-2026-01-02-abc.zip
  eidolon corpus build ada
  eidolon corpus show ada      is it enough?
  eidolon train ada`,
    );
}

function addCommand(): Command {
  return new Command('add')
    .description('Read exports: zips, tars, folders or files, as the services hand them out')
    .argument('<persona>', 'a folder under personas/')
    .argument('<paths...>', 'parts of one export may be given together, or one of them if they lie side by side')
    .option('--me <name...>', 'your names, addresses or ids, for an export that does not say whose it is')
    .option('--include <what>', 'private: also messages that only you and others could read', onlyPrivate)
    .option('--author <name>', 'these are the texts of another author: they make a corpus of their own')
    .option('--licence <text>', "under which the texts may be used (default for another author's: unknown)")
    .option('--columns <pairs>', 'of CSV and JSON lines: text=NAME,author=NAME,time=NAME')
    .option(
      '--zone <name>',
      'of clocks whose zone an export does not say, such as Europe/Berlin (default: UTC)',
      knownZone,
    )
    .addOption(
      new Option(
        '--dates <order>',
        'what 3/4/21 is in a chat of WhatsApp (default: what fits all of its dates)',
      ).choices(['day-first', 'month-first']),
    )
    .option('--tags-as-talk', 'of Tumblr: tags that are sentences are your words too')
    .option('--join', 'all paths are parts of one export')
    .option('--verbose', 'name everything that is left out, with its place')
    .option('--json', 'what was read, as one JSON document')
    .addHelpText(
      'after',
      `
Nothing is read twice, and it can be stopped at any time: the same command goes on.

Examples:
  eidolon archive add ambrose ~/Downloads/twitter-2026-01-02-abc.zip
  eidolon archive add ambrose takeout-20260102T030405Z-001.zip --include private
  eidolon archive add ambrose "WhatsApp Chat with Molly.zip" --me "Ambrose Bierce" --include private
  eidolon archive add ambrose devils-dictionary.epub --author "Ambrose Bierce" --licence "public domain"`,
    )
    .action(async (persona: string, paths: readonly string[], flags: AddFlags) => {
      const { addArchives } = await import('./archive-add.ts');
      await addArchives(persona, paths, flags);
    });
}

function formatsCommand(): Command {
  return new Command('formats')
    .description('What can be read, where to ask for it, and what to drop here')
    .option('--json', 'as one JSON array')
    .addHelpText('after', '\nExample:\n  eidolon archive formats')
    .action(async ({ json }: { readonly json?: true }) => {
      const { FORMATS } = await import('../archive/formats.ts');
      const { writtenFormats } = await import('../archive/written-formats.ts');
      const { table } = await import('./table.ts');
      const formats = [...FORMATS, ...writtenFormats()].map(({ name, sources }) => ({ name, sources }));
      const rows = formats.flatMap(({ name, sources }) =>
        sources.map(({ service, where, drop }) => [name, service, drop, where]),
      );
      const heading = ['format', 'of', 'what to drop here', 'where to ask for it'];
      console.log(json ? JSON.stringify(formats, null, 2) : table([heading, ...rows]));
    });
}

function listCommand(): Command {
  return new Command('list')
    .description('What was read, from where and when')
    .argument('[persona]', 'only of this persona')
    .option('--json', 'every archive, as one JSON array')
    .addHelpText('after', '\nExample:\n  eidolon archive list ambrose --json')
    .action(async (persona: string | undefined, flags: { readonly json?: true }) => {
      const { listArchives } = await import('./archive-list.ts');
      await listArchives(persona, flags);
    });
}

function forgetCommand(): Command {
  return new Command('forget')
    .description('Take a post out of everything, and keep it out of later imports')
    .argument('<persona>', 'a folder under personas/')
    .argument('<what>', 'its id, its address, or at least twelve letters of it')
    .option('--all', 'all posts that have these words')
    .option('--json', 'what was forgotten where, as one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  eidolon archive forget ambrose https://example.social/@ambrose/1234
  eidolon archive forget ambrose "what I wrote about my neighbour"`,
    )
    .action(async (persona: string, what: string, flags: { readonly all?: true; readonly json?: true }) => {
      const { forget } = await import('./archive-forget.ts');
      await forget(persona, what, flags);
    });
}

function knownZone(name: string): string {
  if (isZone(name)) return name;
  throw new InvalidArgumentError('expected the name of a time zone, such as Europe/Berlin');
}

function onlyPrivate(what: string): 'private' {
  if (what === 'private') return what;
  throw new InvalidArgumentError('expected: private');
}
