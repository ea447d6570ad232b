/** A conversation for programs: a turn a line on stdin, the state after each as a line on stdout. */
import { z } from 'zod';
import { after, asAnswer, asTurn, type Conversation, isDue, openOffers, turnOf } from '../chat/conversation.ts';
import type { Lesson } from '../chat/session.ts';
import type { Turn } from '../chat/turn.ts';
import { UserError } from '../errors.ts';
import type { ChatDesk } from './chat-desk.ts';
import { takeLines, tell } from './lines-of-turns.ts';
import type { OpenedChat } from './open-chat.ts';

const command = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('say'), text: z.string() }),
  z.strictObject({ do: z.literal('more') }),
  /** A reply of the newest offer, from 1 on. */
  z.strictObject({ do: z.literal('pick'), choice: z.int().min(1) }),
  z.strictObject({ do: z.literal('type'), text: z.string() }),
  z.strictObject({ do: z.literal('correct'), turn: z.int().min(1), text: z.string() }),
]);
type Command = z.infer<typeof command>;

export interface ChatTurnsRoom {
  readonly chat: OpenedChat;
  readonly desk: ChatDesk;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** @throws UserError at the end, where a line was no turn; the others were taken. */
export async function chatByLines(
  input: NodeJS.ReadableStream,
  { chat, desk, now, signal }: ChatTurnsRoom,
): Promise<void> {
  let { talk } = chat;
  const take = (turn: Turn) => {
    talk = after(talk, turn);
    chat.log.append(turn, now());
  };
  const offerWhereDue = async () => {
    if (isDue(talk) && openOffers(talk).length === 0) take(await desk.offer(talk, signal));
  };

  if (chat.notice !== null) console.error(chat.notice);
  await offerWhereDue();
  tell(stateOf(talk, chat.name, null));
  await takeLines(input, {
    signal,
    async take(line) {
      const told = parse(line);
      let lesson: Lesson | null = null;
      if (told.do === 'more') {
        if (!isDue(talk)) throw new UserError('expected something to answer, found nothing that waits for a reply');
        take(await desk.offer(talk, signal));
      } else {
        const turn = turnFor(talk, told);
        take(turn);
        if (turn.do !== 'say') {
          lesson = await desk.learn(talk, turn.do === 'correct' ? turn.turn : talk.said.length, signal);
        }
      }
      await offerWhereDue();
      tell(stateOf(talk, chat.name, lesson));
    },
  });
}

function parse(text: string): Command {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UserError('expected a turn as JSON, such as {"do":"say","text":"What is hope?"}', { cause });
  }
  const { data } = command.safeParse(value);
  if (data) return data;
  throw new UserError(
    'expected one of {"do":"say","text":"…"}, {"do":"pick","choice":1}, {"do":"type","text":"…"}, {"do":"more"}, {"do":"correct","turn":2,"text":"…"}',
  );
}

function turnFor(talk: Conversation, told: Exclude<Command, { do: 'more' }>): Exclude<Turn, { do: 'offer' | 'begin' }> {
  switch (told.do) {
    case 'say':
      return { do: 'say', text: asTurn(told.text) };
    case 'pick': {
      const newest = openOffers(talk).at(-1);
      if (newest?.offer.texts[told.choice - 1]) return { do: 'pick', offer: newest.number, choice: told.choice };
      throw new UserError(`expected a choice from 1 to ${newest?.offer.texts.length ?? 0}, found ${told.choice}`);
    }
    case 'type':
      return { do: 'type', text: asAnswer(told.text) };
    case 'correct': {
      const { by } = turnOf(talk, told.turn);
      return { do: 'correct', turn: told.turn, text: by === 'me' ? asAnswer(told.text) : asTurn(told.text) };
    }
  }
}

/** The stable shape of each line of `eidolon chat --json`. */
function stateOf(talk: Conversation, name: string, lesson: Lesson | null) {
  const newest = openOffers(talk).at(-1)?.offer;
  const last = talk.said.at(-1);
  return {
    name,
    turns: talk.said.length,
    last: last ? { by: last.by, text: last.text } : null,
    replies: (newest?.texts ?? []).map(({ text, seed }, index) => ({ choice: index + 1, text, seed })),
    lessons: newest?.lessons ?? lesson?.lessons ?? 0,
    lesson: lesson && { before: lesson.before, after: lesson.after, milliseconds: Math.round(lesson.milliseconds) },
  };
}
