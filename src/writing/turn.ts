/** What happens in a piece of writing, turn by turn, as its log keeps it: all else follows from these. */
import { z } from 'zod';

export const GRAINS = ['clause', 'sentence', 'paragraph'] as const;
/** How much a continuation is. */
export type Grain = (typeof GRAINS)[number];

export const samplingSchema = z.strictObject({
  temperature: z.number().min(0).max(5),
  topK: z.int().min(0).max(1_000_000),
  topP: z.number().gt(0).max(1),
  repetitionPenalty: z.number().min(1).max(10),
});
/** How continuations are drawn; how many tokens they may have follows from the grain. */
export type Drawing = z.infer<typeof samplingSchema>;

/** Of a weight of the model that wrote, where it was one with fewer than the model came in. */
export const bitsSchema = z.literal([8, 4]).optional();

/** As many as there are keys. */
export const MOST_CONTINUATIONS = 9;

const grain = z.enum(GRAINS);
const place = z.int().min(0);

const begin = z.strictObject({
  do: z.literal('begin'),
  version: z.literal(1),
  persona: z.string(),
  /** What the piece begins with; its writer's words. */
  prompt: z.string(),
  /** All seeds follow from it. */
  seed: place,
  /** Continuations offered at once. */
  count: z.int().min(1).max(MOST_CONTINUATIONS),
  grain,
  sampling: samplingSchema,
});

const offer = z.strictObject({
  do: z.literal('offer'),
  /** Where in the tree. */
  node: place,
  model: z.string(),
  modelHash: z.string(),
  bits: bitsSchema,
  /** Of the weights in those bits. */
  bitsHash: z.string().optional(),
  grain,
  sampling: samplingSchema,
  /** The next of `count` calls follows from it. */
  seed: place,
  count: z.int().min(1).max(MOST_CONTINUATIONS),
  /** Different ones, as they would follow the text; `ends`: the model had no more to say. */
  texts: z.array(z.strictObject({ text: z.string(), seed: place, ends: z.literal(true).optional() })),
});

export const turnSchema = z.discriminatedUnion('do', [
  begin,
  offer,
  /** The continuation `choice` (from 1 on) of offer `offer` (from 0 on). */
  z.strictObject({ do: z.literal('take'), offer: place, choice: z.int().min(1) }),
  /** The person's own words, with the space before them. */
  z.strictObject({ do: z.literal('type'), text: z.string().min(1) }),
  /** All of the text as the person left it. */
  z.strictObject({ do: z.literal('edit'), text: z.string() }),
  z.strictObject({ do: z.literal('go'), node: place }),
  z.strictObject({ do: z.literal('set'), grain: grain.optional(), sampling: samplingSchema.optional() }),
  /** The text at `node` became a draft. */
  z.strictObject({ do: z.literal('queue'), node: place, draft: z.int().min(1) }),
]);

export type Turn = z.infer<typeof turnSchema>;
export type Begin = z.infer<typeof begin>;
export type Offer = z.infer<typeof offer>;
