/**
 * Eight candidates of 40 tokens from one prompt of 32, and one alone, beside Transformers.js and node-llama-cpp with the same
 * random weights in GPT-2's 124M shape, each in a process of its own and in turn, so that a busy machine slows all:
 * `npm install --prefix bench --omit=optional --ignore-scripts && node decode.ts`. Peers that are not installed are left out.
 * `--made FOLDER` keeps the weights in all their formats there, and uses those that it finds.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { exportModel } from '../src/model/export/export-model.ts';
import { readModelFolder } from '../src/model/model-folder.ts';
import { folderOfBits } from '../src/model/quantization/precision.ts';
import { quantizeModel } from '../src/model/quantization/quantize-model.ts';
import { CANDIDATES, type Lap, NEW_TOKENS } from './decode/contestant.ts';
import { memoryBandwidth } from './decode/memory-bandwidth.ts';
import { randomBase } from './decode/random-home.ts';
import { writeGguf } from './decode/write-gguf.ts';
import { median, row } from './example-home.ts';

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, made: { type: 'string' } },
});

const folder = options.made ?? mkdtempSync(path.join(tmpdir(), 'eidolon-decode-'));
try {
  const there = (made: string) => (existsSync(made) ? made : undefined);
  const model = there(path.join(folder, 'random')) ?? randomBase(folder);
  const inBits = async (bits: 8 | 4) => there(folderOfBits(model, bits)) ?? (await quantizeModel(model, { bits }));
  const [eight, four] = [await inBits(8), await inBits(4)];
  if (!there(path.join(folder, 'exported'))) exportModel(model, path.join(folder, 'exported'));
  const command = (file: string, argument: string) => [path.join(import.meta.dirname, 'decode', file), argument];
  const gguf = (quantization: 'F32' | 'Q8_0') =>
    command('llama-peer.ts', writeGguf(model, path.join(folder, `${quantization}.gguf`), quantization));
  const contestants: [string, readonly string[]][] = [
    ['Eidolon, fp32', command('ours.ts', model)],
    ['Eidolon, 8 bits', command('ours.ts', eight)],
    ['Eidolon, 4 bits', command('ours.ts', four)],
    ['Transformers.js, fp32', command('transformers-peer.ts', path.join(folder, 'exported'))],
  ];
  if (hasLlama()) contestants.push(['node-llama-cpp, F32', gguf('F32')], ['node-llama-cpp, Q8_0', gguf('Q8_0')]);
  const { laps, bandwidth } = await race(contestants);
  standings(laps);
  console.log();
  bounds(laps);
  console.log();
  limits(laps, bandwidth, [model, eight, four]);
  for (const folder of [model, eight]) {
    console.log();
    spawnSync(process.execPath, command('profile.ts', folder), { stdio: ['ignore', 'inherit', 'inherit'] });
  }
} finally {
  if (options.made === undefined) rmSync(folder, { recursive: true });
}

interface Laps {
  readonly name: string;
  /** Of eight texts, round by round. */
  readonly batches: readonly Lap[];
  /** Of one. */
  readonly singles: readonly Lap[];
}

/** Round after round everyone writes eight texts and one; the first round does not count. */
async function race(contestants: readonly [string, readonly string[]][]) {
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
  await Promise.all(running.map(({ child }) => once(child, 'exit'))); // nobody beside the profiles
  return { laps: running satisfies readonly Laps[], bandwidth: median(bandwidths) };
}

function speed({ tokens, seconds }: Lap): number {
  return tokens / seconds;
}

function standings(all: readonly Laps[]): void {
  row(`${NEW_TOKENS} tokens from a prompt of 32`, '8 at once: candidates/s', 'tokens/s', 'alone: tokens/s');
  row('---', '---', '---', '---');
  for (const { name, batches, singles } of all) {
    const together = median(batches.map(speed));
    row(name, (together / NEW_TOKENS).toFixed(2), together.toFixed(0), median(singles.map(speed)).toFixed(1));
  }
}

/** Of two that ran in the same rounds: the median of the ratios. */
function bounds(all: readonly Laps[]): void {
  const named = (name: string) => all.find((laps) => laps.name === name);
  const llamas = ['node-llama-cpp, F32', 'node-llama-cpp, Q8_0'].flatMap((name) => named(name) ?? []);
  const best = llamas.toSorted((a, b) => median(b.batches.map(speed)) - median(a.batches.map(speed)))[0]?.name ?? '';
  const wanted = [
    ['8 at once', 'Eidolon, fp32', 'Transformers.js, fp32', 4],
    ['8 at once', 'Eidolon, 8 bits', 'Transformers.js, fp32', null],
    ['8 at once', 'Eidolon, fp32', best, 4],
    ['8 at once', 'Eidolon, 8 bits', best, null],
    ['alone', 'Eidolon, 8 bits', 'node-llama-cpp, Q8_0', 2.5],
    ['alone', 'Eidolon, 8 bits', 'Transformers.js, fp32', 4],
    ['alone', 'Eidolon, fp32', 'Transformers.js, fp32', null],
    ['alone', 'Eidolon, fp32', 'node-llama-cpp, F32', null],
  ] as const;
  row('in the same rounds', 'ours', 'theirs', 'times', 'bound');
  row('---', '---', '---', '---', '---');
  for (const [what, own, other, bound] of wanted) {
    const [ours, theirs] = [named(own), named(other)];
    if (!ours || !theirs) continue;
    const laps = what === 'alone' ? 'singles' : 'batches';
    const times = ours[laps].map((lap, round) => speed(lap) / speed(theirs[laps][round]!));
    row(what, own, other, median(times).toFixed(1), bound === null ? '' : `at least ${bound}`);
  }
}

/** How long a step would take if it only read the weights, at the bandwidth of the same run. */
function limits(all: readonly Laps[], bandwidth: number, folders: readonly string[]): void {
  const gigabytes = (bandwidth / 1e9).toFixed(1);
  row(`at ${gigabytes} GB/s`, 'MB of weights a step', 'reading them, ms', 'a step, prompt included, ms', 'times');
  row('---', '---', '---', '---', '---');
  for (const [index, folder] of folders.entries()) {
    const { tensors } = readModelFolder(folder).weights;
    const bytes = [...tensors.values()].reduce(
      (sum, { name, length }) => sum + (name === 'wpe.weight' ? 0 : length),
      0,
    );
    const reading = (1000 * bytes) / bandwidth;
    const { name, batches, singles } = all[index]!;
    for (const [what, laps] of [['8 rows', batches] as const, ['1 row', singles] as const]) {
      const step = median(laps.map(({ seconds }) => (1000 * seconds) / NEW_TOKENS));
      const times = (step / reading).toFixed(2);
      row(`${name}, ${what}`, (bytes / 1e6).toFixed(0), reading.toFixed(1), step.toFixed(1), times);
    }
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
