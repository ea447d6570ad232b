/** What a network makes of the same rows by every way there is: to hold two networks against each other. */
import path from 'node:path';
import type { LoadedAdapter } from '../../src/model/adapter-stack.ts';
import type { Gpt2Config } from '../../src/model/gpt2-config.ts';
import type { Network } from '../../src/model/network.ts';
import { linearLayers } from '../../src/model/peft.ts';
import { normal, randomFrom } from '../../src/random.ts';

export const TINY = path.join(import.meta.dirname, 'fixtures/tiny-gpt2');

/** An adapter beside every layer, of small random numbers. */
export function madeUpAdapter(config: Gpt2Config, rank: number, seed: number): LoadedAdapter {
  const random = randomFrom(seed);
  const values = (length: number) => Float32Array.from({ length }, () => 0.2 * normal(random));
  const layers = linearLayers(config).map(({ name, in: rows, out }) => {
    return { name, a: values(rows * rank), b: values(rank * out) };
  });
  return {
    folder: 'made up',
    rank,
    scale: 0.25,
    read(take) {
      for (const { name, a, b } of layers) {
        take(name, 'A', a);
        take(name, 'B', b);
      }
    },
  };
}

/** Logits by what they come from. */
export async function batchLogits(
  network: Network,
  config: Gpt2Config,
): Promise<Readonly<Record<string, Float32Array>>> {
  const found: Record<string, Float32Array> = {};
  const [first, second] = [madeUpAdapter(config, 4, 1), madeUpAdapter(config, 20, 2)];
  const prompt = network.createCache(1, 5);
  const [other, third] = [network.createCache(1, 2), network.createCache(1, 4)];
  const last = { at: 'last', want: ['logits'] } as const;
  found.prompt = (await network.forward({ tokens: [[5, 6, 7, 8, 9]], cache: prompt, ...last })).logits;
  found.adapted = (await network.forward({ tokens: [[3, 4]], cache: other, adapters: [first], ...last })).logits;
  await network.forward({ tokens: [[1, 3, 5, 7]], cache: third, adapters: [second], ...last });

  const batch = network.createCache(0, 16, 4);
  for (const row of [prompt, third, other]) batch.add(row, 0);
  const adapters = [undefined, second, first];
  for (const token of [11, 12]) {
    const { logits } = await network.forward({ tokens: [[token], [token + 1], [2]], cache: batch, adapters, ...last });
    found[`step ${token}`] = logits.slice(); // the next step writes over it
  }
  batch.resize(24);
  batch.drop(0); // the row with the first adapter takes its place
  const { logits } = await network.forward({ tokens: [[1], [2]], cache: batch, adapters: [first, second], ...last });
  found['after a row left'] = logits.slice();
  const aside = network.createCache(0, batch.lengths[1]!, 1);
  aside.add(batch, 1);
  batch.drop(1);
  batch.add(aside, 0);
  for (let row = 0; row < 2; row++) batch.add(prompt, 0);
  const tokens = [[7], [8], [9], [10]];
  found['after rows came'] = (
    await network.forward({ tokens, cache: batch, adapters: [first, second, undefined, undefined], ...last })
  ).logits;

  const { logProbabilities, hidden } = await network.forward({
    tokens: [[1, 2, 3], [4]],
    at: 'every',
    want: ['logProbabilities', 'hidden'],
    next: [2, 3, 4, 5],
    adapters: [first, undefined],
  });
  found.logProbabilities = logProbabilities;
  // Behind a row's end anything may stand.
  found.hidden = hidden.slice(0, 4 * config.n_embd);
  for (const cache of [prompt, other, third, batch, aside]) cache.release();
  return found;
}
