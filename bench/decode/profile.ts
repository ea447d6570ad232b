/**
 * Where the time of writing goes: `node profile.ts FOLDER`. The runtime's own profile tells what is inside it; the rest of a
 * step, copies of its outputs by onnxruntime-node included, is outside. Profiling slows the inside a little.
 */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Batch } from '../../src/generation/batch.ts';
import { writingOf } from '../../src/generation/generate.ts';
import type { Model } from '../../src/model/model.ts';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { openNetwork } from '../../src/model/network.ts';
import { loadTokenizer } from '../../src/model/tokenizer.ts';
import { row } from '../example-home.ts';
import { CANDIDATES, NEW_TOKENS, PROMPT } from './contestant.ts';

interface ProfileEvent {
  readonly name: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

const ROUNDS = 5;
const [, , folder = ''] = process.argv;
const traces = mkdtempSync(path.join(tmpdir(), 'eidolon-profile-'));
const model: Model = {
  name: path.basename(folder),
  hash: '',
  config: readModelFolder(folder).config,
  tokenizer: loadTokenizer(folder),
  network: await openNetwork(readModelFolder(folder), { profileTo: path.join(traces, 'run') }),
};
const sampling = { temperature: 0.9, topK: 0, topP: 0.95, repetitionPenalty: 1, maxTokens: NEW_TOKENS };
let [milliseconds, steps] = [0, 0];
for (let round = 0; round < ROUNDS; round++) {
  const batch = new Batch(model);
  const written = batch.write(writingOf(model, { prompt: PROMPT, count: CANDIDATES, seed: round, sampling }));
  const begun = performance.now();
  while (!batch.isIdle) await batch.step();
  milliseconds += performance.now() - begun;
  steps += batch.figures().steps;
  await written;
}
await model.network.release();

const [trace = ''] = globSync(path.join(traces, 'run*.json'));
const events: ProfileEvent[] = JSON.parse(readFileSync(trace, 'utf8'));
const sum = (of: readonly ProfileEvent[]) => of.reduce((total, { dur }) => total + dur / 1000, 0);
const inside = sum(events.filter(({ name }) => name === 'model_run'));
const kernels = Map.groupBy(
  events.filter(({ name }) => name.endsWith('_kernel_time')),
  ({ args }) => args?.op_name ?? '?',
);
row(`${CANDIDATES} rows, ${steps} steps and ${ROUNDS} prompts`, 'ms a step', 'share');
row('---', '---', '---');
const line = (what: string, time: number) =>
  row(what, (time / steps).toFixed(2), `${((100 * time) / milliseconds).toFixed(1)} %`);
line('all', milliseconds);
line('outside onnxruntime', milliseconds - inside);
for (const [operator, of] of [...kernels].toSorted(([, a], [, b]) => sum(b) - sum(a)).slice(0, 8)) {
  line(`inside: ${operator}`, sum(of));
}
rmSync(traces, { recursive: true });
