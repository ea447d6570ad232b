/** Corpora: what a persona learns from, made of its archives. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { BuildFlags } from './corpus-build.ts';
import type { ShowFlags } from './corpus-show.ts';
import type { TraceFlags } from './corpus-trace.ts';

export function corpusCommand(): Command {
  return new Command('corpus')
    .description('The texts that a persona learns from, made of its archives')
    .addCommand(buildCommand())
    .addCommand(showCommand())
    .addCommand(traceCommand())
    .addHelpText(
      'after',
      `
Examples:
  eidolon corpus build ada     once its archives are read: eidolon archive --help
  eidolon corpus show ada      is it enough to train on?`,
    );
}

function buildCommand(): Command {
  return new Command('build')
    .description('Clean the posts of the archives: own words, each text once, in the languages wanted')
    .argument('<persona>', 'a folder under personas/')
    .option('--corpus <name>', "only this one: mine, or another author's (default: all)")
    .addOption(
      new Option('--format <format>', 'for other trainers too: gpt-2-simple (txt, csv), Hugging Face (jsonl)').choices([
        'txt',
        'csv',
        'jsonl',
      ]),
    )
    .option('--replace', 'also where corpus.jsonl is none that was built')
    .option('--json', 'how each corpus was made, as one JSON array')
    .addHelpText(
      'after',
      `
What is kept is said in persona.yaml: languages, cleaning, privacy, allow.
With --format, the texts alone are written to data/corpora/<persona>/ as well, in files for training,
validation and test; of a persona without archives, those of the corpus that it has.

Examples:
  eidolon corpus build ada
  eidolon corpus build ambrose --format txt`,
    )
    .action(async (persona: string, flags: BuildFlags) => {
      const { build } = await import('./corpus-build.ts');
      await build(persona, flags);
    });
}

function showCommand(): Command {
  return new Command('show')
    .description('What is in a corpus, what was left out of it and why, and whether it is enough')
    .argument('<persona>', 'a folder under personas/')
    .option('--corpus <name>', "mine, conversations, or another author's", 'mine')
    .option('--dropped', 'the texts that were left out, one a line')
    .option('--rule <name>', 'with --dropped: only what this rule left out')
    .option('--seed <number>', 'which documents are shown as examples (default: others each time)', wholeNumber)
    .option('--html <file>', 'write the same as a page with charts')
    .option('--json', 'as one JSON document; with --dropped as JSON lines')
    .addHelpText(
      'after',
      `
Examples:
  eidolon corpus show ambrose
  eidolon corpus show ambrose --dropped --rule "near duplicate"
  eidolon corpus show ambrose --html corpus.html`,
    )
    .action(async (persona: string, flags: ShowFlags) => {
      const { show } = await import('./corpus-show.ts');
      await show(persona, flags);
    });
}

function traceCommand(): Command {
  return new Command('trace')
    .description('Which texts a step of a training read, with archive and time, or which steps read a text')
    .argument('<persona>', 'a folder under personas/')
    .argument('[document]', "a document's or a post's id: the steps that read it, in every training")
    .option('--step <number>', 'the texts that this step read, row by row', wholeNumber)
    .option('--run <id>', 'of this training, a folder under data/runs/ (default: for --step, the newest)')
    .option('--json', 'as one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  eidolon corpus trace ada --step 12
  eidolon corpus trace ada x:1234`,
    )
    .action(async (persona: string, document: string | undefined, flags: TraceFlags) => {
      const { trace } = await import('./corpus-trace.ts');
      trace(persona, document, flags);
    });
}

function wholeNumber(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('expected a whole number, such as 7');
}
