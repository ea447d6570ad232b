/** The command line: picks the command, and turns whatever goes wrong into a line on stderr and an exit code. */
import { Command, CommanderError } from 'commander';
import { accountCommand } from './account.ts';
import { archiveCommand } from './archive.ts';
import { chatCommand } from './chat.ts';
import { corpusCommand } from './corpus.ts';
import { doctorCommand } from './doctor.ts';
import { experimentCommand } from './experiment.ts';
import { exitCodeOf, explain } from './explain.ts';
import { generateCommand } from './generate.ts';
import { learnCommand } from './learn.ts';
import { modelCommand } from './model.ts';
import { peopleCommand } from './people.ts';
import { personaCommand } from './persona.ts';
import { queueCommand } from './queue.ts';
import { reportCommand } from './report.ts';
import { reviewCommand } from './review.ts';
import { salonCommand } from './salon.ts';
import { startCommand } from './start.ts';
import { statusCommand } from './status.ts';
import { timelineCommand } from './timeline.ts';
import { trainCommand } from './train.ts';
import { whyCommand } from './why.ts';
import { writeCommand } from './write.ts';

/** Every command, in the order of `--help`. Their files import commander alone, and their stages only when they act: `--help` stays quick. */
const COMMANDS: readonly (() => Command)[] = [
  startCommand,
  statusCommand,
  reviewCommand,
  queueCommand,
  timelineCommand,
  whyCommand,
  generateCommand,
  writeCommand,
  salonCommand,
  chatCommand,
  peopleCommand,
  personaCommand,
  accountCommand,
  archiveCommand,
  corpusCommand,
  modelCommand,
  trainCommand,
  learnCommand,
  experimentCommand,
  reportCommand,
  doctorCommand,
];

/** Runs the command that `argv` names and sets the exit code: 0 done, 1 the operator can fix it, 2 wrong usage, 3 a bug. */
export async function main(argv: readonly string[], version: string): Promise<void> {
  process.stdout.on('error', endQuietlyWhenNobodyReads);
  const program = new Command('eidolon')
    .description('A ghost of yourself that posts, once you approve.')
    .version(version)
    .showSuggestionAfterError()
    .enablePositionalOptions() // a command's options, and those of its subcommands, stand after its name
    .addHelpText(
      'after',
      '\nStart with:\n  eidolon start         write drafts for every persona in personas/\n  eidolon review        decide what is posted',
    );
  for (const command of COMMANDS) program.addCommand(command());
  throwInsteadOfExiting(program);

  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) console.error(explain(error)); // commander has printed its own
    process.exit(exitCodeOf(error));
  }
}

function throwInsteadOfExiting(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExiting(child);
}

/** `eidolon timeline | head -1` closes the pipe early, and that is no failure. */
function endQuietlyWhenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
}
