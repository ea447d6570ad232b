/**
 * Where the time of writing goes: `node profile.ts FOLDER`. The runtime's own profile tells what is inside it; the rest of a
 * step, what hands it its inputs included, is outside, and told as a share of a step that is not profiled: profiling slows the inside.
 */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Batch } from '../../src/generation/batch.ts';
import { writingOf } from '../../src/generation/generate.ts';
import type { Model } from '../../src/model/model.ts';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { type Network, openNetwork } from '../../src/model/network.ts';
import { loadTokenizer } from '../../src/model/tokenizer.ts';
import { row } from '../example-home.ts';
import { CANDIDATES, NEW_TOKENS, PROMPT } from './contestant.ts';

interface ProfileEvent {
  readonly name: string;
  /** Microseconds, of any beginning. */
  readonly ts: number;
  /** Microseconds. */
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

const ROUNDS = 6; // the first does not count
const [, , folder = ''] = process.argv;
const files = readModelFolder(folder);
const sampling = { temperature: 0.9, topK: 0, topP: 0.95, repetitionPenalty: 1, maxTokens: NEW_TOKENS };
const traces = mkdtempSync(path.join(tmpdir(), 'eidolon-profile-'));

interface Written {
  /** Of each round. */
  readonly milliseconds: readonly number[];
  /** Of these, within the network. */
  readonly forward: readonly number[];
  readonly steps: number;
}

async function write(network: Network): Promise<Written> {
  let within = 0;
  const timed: Network = {
    ...network,
    async forward(input) {
      const begun = performance.now();
      const activations = await network.forward(input);
      within += performance.now() - begun;
      return activations;
    },
  };
  const { config } = files;
  const model: Model = { name: 'model', hash: '', config, tokenizer: loadTokenizer(folder), network: timed };
  const batch = new Batch(model);
  const [milliseconds, forward]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const written = batch.write(writingOf(model, { prompt: PROMPT, count: CANDIDATES, seed: round, sampling }));
    const begun = performance.now();
    within = 0;
    while (!batch.isIdle) await batch.step();
    milliseconds.push(performance.now() - begun);
    forward.push(within);
    await written;
  }
  await network.release();
  return { milliseconds, forward, steps: batch.figures().steps / ROUNDS };
}

const plain = await write(await openNetwork(files));
const { milliseconds, forward, steps } = await write(await openNetwork(files, { profileTo: path.join(traces, 'run') }));

const [trace = ''] = globSync(path.join(traces, 'run*.json'));
const events: ProfileEvent[] = JSON.parse(readFileSync(trace, 'utf8'));
rmSync(traces, { recursive: true });
const runs = events.filter(({ name }) => name === 'model_run').toSorted((a, b) => a.ts - b.ts);
const counted = runs.slice(runs.length / ROUNDS);
const kernels = events.filter(({ name, ts }) => name.endsWith('_kernel_time') && ts >= counted[0]!.ts);
const aStep = (sum: number) => sum / (steps * (ROUNDS - 1));
const sum = (of: readonly ProfileEvent[]) => of.reduce((total, { dur }) => total + dur / 1000, 0);
const total = (rounds: readonly number[]) => aStep(rounds.slice(1).reduce((all, each) => all + each, 0));

const all = total(plain.milliseconds);
const profiled = total(milliseconds);
const inside = aStep(sum(counted));
const line = (what: string, time: number, of: number) =>
  row(what, time.toFixed(2), `${((100 * time) / of).toFixed(1)} %`);
row(`${CANDIDATES} rows, ${steps} steps and a prompt`, 'ms a step', 'share');
row('---', '---', '---');
line('all, without profiling', all, all);
line('outside onnxruntime', profiled - inside, all);
line('outside: inputs and outputs', total(forward) - inside, all);
line('outside: sampling, and who is in the batch', profiled - total(forward), all);
line('inside, with profiling', inside, profiled);
for (const [operator, of] of [...Map.groupBy(kernels, ({ args }) => args?.op_name ?? '?')]
  .toSorted(([, a], [, b]) => sum(b) - sum(a))
  .slice(0, 8)) {
  line(`inside: ${operator}`, aStep(sum(of)), profiled);
}
