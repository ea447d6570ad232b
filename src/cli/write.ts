/** Co-writing: the persona's model offers how a text could go on, a person takes, types and edits, and the log knows who wrote what. */
import { Command, Option } from 'commander';
import { wholeNumber } from './whole-number.ts';
import type { ExportFlags } from './write-export.ts';
import type { WriteFlags } from './write-piece.ts';
import type { QueueFlags } from './write-queue.ts';

export function writeCommand(): Command {
  return new Command('write')
    .description("Write a text together with a persona's model, and know who wrote what")
    .argument('<persona>', 'whose model it is')
    .argument('[name]', 'of the piece: one that is there is continued (default: a new one, piece-1 and so on)')
    .option('--prompt <text>', 'what a new piece begins with')
    .addOption(
      new Option('--grain <grain>', 'how much a continuation is, at first (default: sentence)').choices([
        'clause',
        'sentence',
        'paragraph',
      ]),
    )
    .option('-k, --count <count>', 'continuations offered at once, from 1 to 9 (default: 5)', wholeNumber(1, 9))
    .option('--seed <seed>', 'of a new piece: the same keys then write the same text', wholeNumber(0, 2 ** 31))
    .option('--json', 'for programs: a turn a line on stdin, the state after each as a line on stdout')
    .addHelpText(
      'after',
      `
Keys: 1–9 take a continuation, m asks for more, ←/→ show earlier ones, t types your own, e edits in $EDITOR, b goes back,
w walks the tree of all that was tried and compares, g changes the grain, + - the temperature, p top-p, q leaves.
Every turn is kept in data/writings/ before the next; nothing is posted.

Examples:
  eidolon write ambrose harbour --prompt "The harbour, in winter,"
  printf '%s\\n' '{"do":"take","choice":1}' '{"do":"type","text":"But no."}' | eidolon write ambrose harbour --json
  eidolon write export ambrose harbour --html --out harbour.html`,
    )
    .action(async (persona: string, name: string | undefined, flags: WriteFlags) => {
      const { write } = await import('./write-piece.ts');
      await write(persona, name, flags);
    })
    .addCommand(listCommand())
    .addCommand(exportCommand())
    .addCommand(replayCommand())
    .addCommand(queueCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description("A persona's pieces")
    .argument('<persona>', 'whose')
    .option('--json', 'as one JSON array of names')
    .addHelpText('after', '\nExample:\n  eidolon write list ambrose')
    .action(async (persona: string, _: object, command: Command) => {
      const { json } = command.optsWithGlobals<{ readonly json?: true }>();
      const { home } = await import('../environment.ts');
      const { pieceNames } = await import('./read-piece.ts');
      const names = pieceNames(home(), persona);
      console.log(json ? JSON.stringify(names) : names.join('\n'));
    });
}

function exportCommand(): Command {
  return new Command('export')
    .description('A piece with who wrote which words, as Markdown (default) or as a page')
    .argument('<persona>', 'whose')
    .argument('<name>', 'of the piece')
    .option('--node <number>', 'another text of its tree (default: the one that was left)', wholeNumber(0, 1e9))
    .option('--html', 'a page, with a shade for each writer')
    .option('--out <file>', 'write it there (default: to stdout)')
    .option('--json', 'the segments with the origin of each, the shares, the statement')
    .addHelpText('after', '\nExample:\n  eidolon write export ambrose harbour --html --out harbour.html')
    .action(async (persona: string, name: string, _: object, command: Command) => {
      const { exportPiece } = await import('./write-export.ts');
      exportPiece(persona, name, command.optsWithGlobals<ExportFlags>());
    });
}

function replayCommand(): Command {
  return new Command('replay')
    .description('Have the model write again all that the log says it offered, and compare')
    .argument('<persona>', 'whose')
    .argument('<name>', 'of the piece')
    .option('--json', 'as one JSON document')
    .addHelpText('after', '\nExample:\n  eidolon write replay ambrose harbour')
    .action(async (persona: string, name: string, _: object, command: Command) => {
      const { replayPiece } = await import('./write-replay.ts');
      await replayPiece(persona, name, command.optsWithGlobals<{ readonly json?: true }>());
    });
}

function queueCommand(): Command {
  return new Command('queue')
    .description('Make a draft of a finished piece; a long one becomes a thread where the account may')
    .argument('<persona>', 'whose')
    .argument('<name>', 'of the piece')
    .option('--node <number>', 'another text of its tree (default: the one that was left)', wholeNumber(0, 1e9))
    .option('--json', 'the number of the draft, and the gates that it fails')
    .addHelpText('after', '\nExample:\n  eidolon write queue ambrose harbour')
    .action(async (persona: string, name: string, _: object, command: Command) => {
      const { queuePiece } = await import('./write-queue.ts');
      await queuePiece(persona, name, command.optsWithGlobals<QueueFlags>());
    });
}
