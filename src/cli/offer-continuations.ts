/** Asks the model for continuations of a piece of writing. */
import type { GenerateCall, ModelHost, WritingModel } from '../host/host-calls.ts';
import { modelOf } from '../learning/adapter/model-of.ts';
import type { Persona } from '../persona/persona.ts';
import type { Store } from '../store/store.ts';
import { cutAtGrain, different, TOKENS } from '../writing/grain.ts';
import { textOf } from '../writing/provenance.ts';
import type { Offer } from '../writing/turn.ts';
import { nextSeed, nodeAt, offersAt, type Writing } from '../writing/writing.ts';

export interface Desk {
  readonly home: string;
  readonly store: Store;
  readonly persona: Persona;
  readonly host: ModelHost;
  readonly signal?: AbortSignal;
}

export type Asked = Pick<Offer, 'node' | 'grain' | 'sampling' | 'seed' | 'count'>;

/** At the current node. What was offered there before does not come again. */
export async function offerContinuations(desk: Desk, writing: Writing): Promise<Offer> {
  const { grain, sampling, count } = writing;
  const asked = { node: writing.at, grain, sampling, seed: nextSeed(writing), count };
  const spoken = await modelOf(desk.home, desk.store, desk.persona);
  const text = textOf(nodeAt(writing).segments);
  const { model, texts } = await writtenFor(desk, { folder: spoken.folder, text, asked, bits: 'chosen' });
  const known = offersAt(writing).flatMap(({ offer }) => offer.texts);
  const fresh = different([...known, ...texts]).filter((one) => texts.includes(one));
  const { hash, bits, bitsHash } = model;
  const precision = bits && { bits, bitsHash };
  return { do: 'offer', ...asked, model: spoken.name, modelHash: hash, ...precision, texts: fresh };
}

interface Call {
  readonly folder: string;
  /** All that stands there so far. */
  readonly text: string;
  readonly asked: Asked;
  /** The precision that wrote, or the one that suits; the model as it came where it is left out. */
  readonly bits?: GenerateCall['bits'];
}

/** The same call gives the same continuations, on the same weights in the same precision. */
export async function writtenFor(
  { host, signal }: Pick<Desk, 'host' | 'signal'>,
  { folder, text, asked, bits }: Call,
): Promise<{ readonly model: WritingModel; readonly texts: Offer['texts'] }> {
  const { grain, sampling, seed, count } = asked;
  const prompt = endOf(text);
  const { model, generated } = await host.generate(
    {
      folder,
      ...(bits && { bits }),
      waiter: 'person',
      prompt,
      count,
      seed,
      sampling: { ...sampling, maxTokens: TOKENS[grain] },
    },
    signal,
  );
  const texts = generated.map((row) => {
    const written = row.text.slice(prompt.length);
    const cut = cutAtGrain(text, written, grain);
    const ends = row.finish === 'end-of-text' && cut === written.trimEnd();
    return { text: cut, seed: row.seed, ...(ends && { ends: true as const }) };
  });
  return { model, texts: different(texts) };
}

/** More than any model reads; to cut a novel into sentences at each turn would take seconds. In UTF-16 units. */
const READ = 20_000;

function endOf(text: string): string {
  if (text.length <= READ) return text;
  const end = text.slice(-READ);
  return end.slice(end.search(/\s/) + 1);
}
