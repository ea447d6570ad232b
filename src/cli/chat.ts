/** Conversation: the persona offers what it could say, its owner picks or types, and it learns from that. */
import { Command } from 'commander';
import type { CorrectFlags } from './chat-correct.ts';
import type { ChatFlags } from './chat-with.ts';
import { wholeNumber } from './whole-number.ts';

export function chatCommand(): Command {
  return new Command('chat')
    .description('Talk with a persona, and teach it by picking or typing what it should say')
    .argument('<persona>', 'a folder under personas/')
    .argument('[name]', 'of the conversation: one that is there goes on (default: a new one, chat-1 and so on)')
    .option('-k, --count <count>', 'replies offered at once, from 1 to 9 (default: 5)', wholeNumber(1, 9))
    .option(
      '--seed <seed>',
      'of a new conversation: the same keys then bring the same replies',
      wholeNumber(0, 2 ** 31),
    )
    .option('--as <name>', 'who talks, where that is not you: kept apart from what others said (default: its owner)')
    .option('--keep', 'when it is left, send what was taught in this sitting through the gate of eidolon learn')
    .option('--json', 'for programs: a turn a line on stdin, the state after each as a line on stdout')
    .addHelpText(
      'after',
      `
You speak, the persona offers replies that differ, and one key picks: 1–9 pick, t types what it should have said, m asks
for more, c corrects an earlier turn in $EDITOR, s speaks again, q leaves. It never writes your turn.
A pick teaches at once, for this sitting: you see what the same place brings before and after. It is a decision too, from which
selector and nightly adapter learn; with --keep what it taught stays, where the gate lets it in. Every turn is kept in data/chats/ before the next; nothing is posted.

Examples:
  eidolon chat ambrose tea
  printf '%s\\n' '{"do":"say","text":"What is hope?"}' '{"do":"pick","choice":1}' | eidolon chat ambrose tea --json`,
    )
    .action(async (persona: string, name: string | undefined, flags: ChatFlags) => {
      const { chatWith } = await import('./chat-with.ts');
      await chatWith(persona, name, flags);
    })
    .addCommand(listCommand())
    .addCommand(correctCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description("A persona's conversations")
    .argument('<persona>', 'whose')
    .option('--json', 'as one JSON array of names')
    .addHelpText('after', '\nExample:\n  eidolon chat list ambrose')
    .action(async (persona: string, _: object, command: Command) => {
      const { json } = command.optsWithGlobals<{ readonly json?: true }>();
      const { home } = await import('../environment.ts');
      const { chatsFolder } = await import('../chat/log.ts');
      const { turnLogNames } = await import('../store/turn-log.ts');
      const names = turnLogNames(chatsFolder(home(), persona));
      console.log(json ? JSON.stringify(names) : names.join('\n'));
    });
}

function correctCommand(): Command {
  return new Command('correct')
    .description('Mend an earlier turn in place: the corrected turn, not the original, is what learning sees')
    .argument('<persona>', 'whose')
    .argument('<name>', 'of the conversation')
    .argument('<turn>', 'its number, as eidolon chat shows it', wholeNumber(1, 1e9))
    .option('--text <text>', 'what it should be (default: it is opened in $EDITOR)')
    .option('--json', 'the turn before and after, as one JSON document')
    .addHelpText('after', '\nExample:\n  eidolon chat correct ambrose tea 4 --text "Love is a cough."')
    .action(async (persona: string, name: string, turn: number, _: object, command: Command) => {
      const { correctTurn } = await import('./chat-correct.ts');
      await correctTurn(persona, name, turn, command.optsWithGlobals<CorrectFlags>());
    });
}
