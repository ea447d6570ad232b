/** Writing for programs: a turn a line on stdin, the state after each as a line on stdout. */
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { sharesOf, textOf } from '../writing/provenance.ts';
import { GRAINS, samplingSchema, type Turn } from '../writing/turn.ts';
import { after, asContinuation, nodeAt, offersAt, plain, type Writing } from '../writing/writing.ts';
import { takeLines, tell } from './lines-of-turns.ts';
import { type Desk, offerContinuations } from './offer-continuations.ts';
import type { Piece } from './open-piece.ts';

const command = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('more') }),
  /** A continuation of the newest offer, from 1 on. */
  z.strictObject({ do: z.literal('take'), choice: z.int().min(1) }),
  z.strictObject({ do: z.literal('type'), text: z.string() }),
  z.strictObject({ do: z.literal('edit'), text: z.string() }),
  z.strictObject({ do: z.literal('back') }),
  z.strictObject({ do: z.literal('go'), node: z.int().min(0) }),
  z.strictObject({
    do: z.literal('set'),
    grain: z.enum(GRAINS).optional(),
    sampling: samplingSchema.partial().optional(),
  }),
]);
type Command = z.infer<typeof command>;

export interface TurnsRoom extends Desk {
  readonly piece: Piece;
  readonly now: () => Date;
}

/** @throws UserError at the end, where a line was no turn; the others were taken. */
export async function writeTurns(input: NodeJS.ReadableStream, { piece, now, ...desk }: TurnsRoom): Promise<void> {
  let { writing } = piece;
  const take = (turn: Turn) => {
    writing = after(writing, turn);
    piece.log.append(turn, now());
  };
  const offer = async () => take(await offerContinuations(desk, writing));

  if (piece.notice !== null) console.error(piece.notice);
  if (offersAt(writing).length === 0) await offer();
  tell(stateOf(writing, piece.name));
  await takeLines(input, {
    signal: desk.signal,
    async take(text) {
      const turn = parse(text);
      if (turn.do === 'more') await offer();
      else take(turnFor(writing, turn));
      if (offersAt(writing).length === 0) await offer();
      tell(stateOf(writing, piece.name));
    },
  });
}

function parse(text: string): Command {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UserError('expected a turn as JSON, such as {"do":"take","choice":1}', { cause });
  }
  const { data } = command.safeParse(value);
  if (data) return data;
  throw new UserError(
    'expected one of {"do":"more"}, {"do":"take","choice":1}, {"do":"type","text":"…"}, {"do":"edit","text":"…"}, {"do":"back"}, {"do":"go","node":0}, {"do":"set","grain":"clause","sampling":{"temperature":0.8}}',
  );
}

function turnFor(writing: Writing, turn: Exclude<Command, { do: 'more' }>): Turn {
  const node = nodeAt(writing);
  switch (turn.do) {
    case 'take': {
      const newest = offersAt(writing).at(-1);
      if (newest?.offer.texts[turn.choice - 1]) return { do: 'take', offer: newest.number, choice: turn.choice };
      throw new UserError(`expected a choice from 1 to ${newest?.offer.texts.length ?? 0}, found ${turn.choice}`);
    }
    case 'type':
      return { do: 'type', text: asContinuation(textOf(node.segments), turn.text) };
    case 'edit':
      return { do: 'edit', text: plain(turn.text).trimEnd() };
    case 'back':
      if (node.parent === null) throw new UserError('expected a node to go back to, found the first');
      return { do: 'go', node: node.parent };
    case 'go':
      return turn;
    case 'set': {
      const { grain, sampling } = turn;
      return {
        do: 'set',
        ...(grain && { grain }),
        ...(sampling && { sampling: samplingSchema.parse({ ...writing.sampling, ...sampling }) }),
      };
    }
  }
}

/** The stable shape of each line of `eidolon write --json`. */
function stateOf(writing: Writing, name: string) {
  const { id, parent, segments } = nodeAt(writing);
  const newest = offersAt(writing).at(-1)?.offer;
  return {
    name,
    node: id,
    parent,
    nodes: writing.nodes.length,
    text: textOf(segments),
    shares: sharesOf(segments),
    grain: writing.grain,
    sampling: writing.sampling,
    continuations: (newest?.texts ?? []).map(({ text, seed, ends = false }, index) => ({
      choice: index + 1,
      text,
      seed,
      ends,
    })),
  };
}
