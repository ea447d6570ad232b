/**
 * Eight candidates of 40 tokens from one prompt of 32, and one alone, beside Transformers.js and node-llama-cpp with the same
 * random weights in GPT-2's 124M shape, each in a process of its own and in turn, so that a busy machine slows all:
 * `npm install --prefix bench --omit=optional --ignore-scripts && node decode.ts`. Peers that are not installed are left out.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { exportModel } from '../src/model/export/export-model.ts';
import { parameterShapes } from '../src/model/gpt2-graph.ts';
import { CANDIDATES, type Lap, NEW_TOKENS } from './decode/contestant.ts';
import { memoryBandwidth } from './decode/memory-bandwidth.ts';
import { randomBase } from './decode/random-home.ts';
import { writeGguf } from './decode/write-gguf.ts';
import { median, row } from './example-home.ts';
import { GPT2 } from './training/random-gpt2.ts';

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } });
const AT_LEAST = 4;

const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-decode-'));
try {
  const model = randomBase(folder);
  exportModel(model, path.join(folder, 'exported'));
  const command = (file: string, argument: string) => [path.join(import.meta.dirname, 'decode', file), argument];
  const gguf = (quantization: 'F32' | 'Q8_0') =>
    command('llama-peer.ts', writeGguf(model, path.join(folder, `${quantization}.gguf`), quantization));
  const contestants: [string, readonly string[]][] = [
    ['Eidolon, fp32', command('ours.ts', model)],
    ['Transformers.js, fp32', command('transformers-peer.ts', path.join(folder, 'exported'))],
  ];
  if (hasLlama()) contestants.push(['node-llama-cpp, F32', gguf('F32')], ['node-llama-cpp, Q8_0', gguf('Q8_0')]);
  await race(contestants);
  console.log();
  spawnSync(process.execPath, command('profile.ts', model), { stdio: ['ignore', 'inherit', 'inherit'] });
} finally {
  rmSync(folder, { recursive: true });
}

/** Round after round everyone writes eight texts and one; the first round does not count. */
async function race(contestants: readonly [string, readonly string[]][]): Promise<void> {
  const running = contestants.map(([name, argv]) => {
    const child = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    return { name, child, lines: linesOf(child), batches: [] as Lap[], singles: [] as Lap[] };
  });
  const bandwidths: number[] = [];
  for (let round = 0; round <= Number(options.rounds); round++) {
    for (const { child, lines, batches, singles } of running) {
      for (const [count, laps] of [[CANDIDATES, batches] as const, [1, singles] as const]) {
        child.stdin?.write(`${count}\n`);
        const lap: Lap = JSON.parse(await lines());
        if (round > 0) laps.push(lap);
      }
    }
    if (round > 0) bandwidths.push(await memoryBandwidth());
  }
  for (const { child } of running) child.stdin?.end();

  const [ours, ...peers] = running;
  if (!ours) return;
  const speed = ({ tokens, seconds }: Lap) => tokens / seconds;
  const times = (own: readonly Lap[], other: readonly Lap[]) =>
    median(own.map((lap, round) => speed(lap) / speed(other[round]!)));
  row(
    `${NEW_TOKENS} tokens from a prompt of 32`,
    '8 at once: candidates/s',
    'tokens/s',
    'times',
    'alone: tokens/s',
    'times',
  );
  row('---', '---', '---', '---', '---', '---');
  for (const { name, batches, singles } of running) {
    const isPeer = peers.some((peer) => peer.name === name);
    row(
      name,
      (median(batches.map(speed)) / NEW_TOKENS).toFixed(2),
      median(batches.map(speed)).toFixed(0),
      isPeer ? `${times(ours.batches, batches).toFixed(1)} (at least ${AT_LEAST})` : '',
      median(singles.map(speed)).toFixed(1),
      isPeer ? times(ours.singles, singles).toFixed(1) : '',
    );
  }
  console.log();
  limit(ours.batches, ours.singles, median(bandwidths));
}

/** How long a step would take if it only read the weights, at the bandwidth of the same run. */
function limit(batches: readonly Lap[], singles: readonly Lap[], bandwidth: number): void {
  const bytes = [...parameterShapes(GPT2)]
    .filter(([name]) => name !== 'wpe.weight')
    .reduce((sum, [, shape]) => sum + 4 * shape.reduce((size, dimension) => size * dimension, 1), 0);
  const reading = (1000 * bytes) / bandwidth;
  const step = (laps: readonly Lap[]) => median(laps.map(({ seconds }) => (1000 * seconds) / NEW_TOKENS));
  row('the limit', 'MB of weights a step', 'memory, GB/s', 'reading them, ms', 'a step, prompt included, ms', 'times');
  row('---', '---', '---', '---', '---', '---');
  for (const [name, laps] of [['8 rows', batches] as const, ['1 row', singles] as const]) {
    const [mb, gb] = [(bytes / 1e6).toFixed(0), (bandwidth / 1e9).toFixed(1)];
    row(name, mb, gb, reading.toFixed(1), step(laps).toFixed(1), (step(laps) / reading).toFixed(2));
  }
}

function hasLlama(): boolean {
  const isThere =
    spawnSync(process.execPath, ['-e', "import('node-llama-cpp')"], { cwd: import.meta.dirname }).status === 0;
  if (!isThere) console.error('node-llama-cpp is not installed in bench/: left out');
  return isThere;
}

function linesOf(child: ChildProcess): () => Promise<string> {
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return async () => {
    const { done, value } = await lines.next();
    if (done) throw new Error(`${child.spawnargs.join(' ')} ended`);
    return value;
  };
}
