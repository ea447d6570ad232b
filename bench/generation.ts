/** Eight candidates in one batch beside eight single ones, the two in turn: the same seeds, so the same texts. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { generate } from '../src/generation/generate.ts';
import { openModel } from '../src/model/model.ts';
import { settingsSchema } from '../src/persona/settings.ts';
import { median, ROOT, row } from './example-home.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: path.join(ROOT, 'models', 'starter') },
    runs: { type: 'string', default: '9' },
  },
});
const COUNT = 8;
const RUNS = Number(values.runs);
const sampling = settingsSchema.shape.sampling.parse(undefined);
const model = await openModel(values.model);

interface Measured {
  readonly seconds: number;
  readonly tokens: number;
}

async function measure(seed: number, calls: number): Promise<Measured> {
  const count = COUNT / calls;
  const start = performance.now();
  let tokens = 0;
  for (let call = 0; call < calls; call++) {
    const request = { prompt: 'POLITICS, n.', count, seed: seed + call * count, sampling, maxCharacters: 500 };
    for (const candidate of await generate(model, request)) tokens += candidate.tokens;
  }
  return { seconds: (performance.now() - start) / 1000, tokens };
}

await measure(0, 1);
await measure(0, COUNT);
const batches: Measured[] = [];
const singles: Measured[] = [];
for (let run = 1; run <= RUNS; run++) {
  batches.push(await measure(run * COUNT, 1));
  singles.push(await measure(run * COUNT, COUNT));
}

const perSecond = (runs: readonly Measured[]) => median(runs.map(({ seconds }) => COUNT / seconds));
const tokensPerSecond = (runs: readonly Measured[]) => median(runs.map(({ seconds, tokens }) => tokens / seconds));
const line = (what: string, runs: readonly Measured[], ratio: string) =>
  row(what, perSecond(runs).toFixed(1), tokensPerSecond(runs).toFixed(0), ratio);
row(`${COUNT} candidates, median of ${RUNS} runs`, 'candidates/s', 'tokens/s', 'at least 3 times');
row('---', '---', '---', '---');
line('one at a time', singles, '');
line('in one batch', batches, `${(perSecond(batches) / perSecond(singles)).toFixed(1)} times`);
await model.network.release();
