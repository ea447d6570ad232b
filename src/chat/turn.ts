/** What happens in a conversation with a persona, as its log keeps it: all else follows from these. */
import { z } from 'zod';
import { bitsSchema, samplingSchema } from '../writing/turn.ts';

/** As many as there are keys for. */
export const MOST_REPLIES = 9;

const place = z.int().min(0);
const words = z.string().min(1);

const begin = z.strictObject({
  do: z.literal('begin'),
  version: z.literal(1),
  persona: z.string(),
  /** All seeds follow from it. */
  seed: place,
  /** Replies offered at once. */
  count: z.int().min(1).max(MOST_REPLIES),
  /** Who talks with it, where that is not its owner: a conversation is with one person. */
  with: z.string().min(1).optional(),
  /** What was said last in an earlier conversation with the same person, where the persona remembers. */
  remembered: z.array(z.strictObject({ by: z.enum(['me', 'another']), text: words })).optional(),
});

const offer = z.strictObject({
  do: z.literal('offer'),
  /** Turns that were said before: what it answers. */
  at: place,
  model: z.string(),
  modelHash: z.string(),
  bits: bitsSchema,
  /** Of the weights in those bits. */
  bitsHash: z.string().optional(),
  /** Picks and typed words of this sitting that the model had learned; 0: as the persona speaks by itself. */
  lessons: place,
  seed: place,
  sampling: samplingSchema.extend({ maxTokens: z.int().min(1) }),
  texts: z.array(z.strictObject({ text: words, seed: place })),
});

export const turnSchema = z.discriminatedUnion('do', [
  begin,
  /** What the persona is told; never its own words to learn. */
  z.strictObject({ do: z.literal('say'), text: words }),
  offer,
  /** The reply `choice` (from 1 on) of offer `offer` (from 0 on). */
  z.strictObject({ do: z.literal('pick'), offer: place, choice: z.int().min(1) }),
  /** What it should have said instead. */
  z.strictObject({ do: z.literal('type'), text: words }),
  /** Turn `turn`, from 1 on, is this from now on. */
  z.strictObject({ do: z.literal('correct'), turn: z.int().min(1), text: words }),
  /** What was taught in this sitting was sent through the gate. */
  z.strictObject({ do: z.literal('keep'), adapter: z.int().min(1), status: z.string() }),
]);

export type Turn = z.infer<typeof turnSchema>;
export type Begin = z.infer<typeof begin>;
export type Offer = z.infer<typeof offer>;
