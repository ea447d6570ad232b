/**
 * Training steps of a GPT-2 of 124M parameters beside PyTorch's, step by step in turn, so that a busy machine slows all:
 * `node training.ts --python PATH`, a Python with torch and, for what people run, transformers and peft. Without one, ours alone
 * are measured.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { KEEPS_FREED_MEMORY } from '../src/malloc.ts';
import { median, row } from './example-home.ts';
import { GPT2, randomGpt2 } from './training/random-gpt2.ts';

const { values: options } = parseArgs({
  options: {
    python: { type: 'string' },
    /** Whether the peers get our settings of malloc, which nobody gives them. */
    alike: { type: 'boolean', default: false },
    steps: { type: 'string', default: '12' },
  },
});
const STEPS = Number(options.steps);
const TOKENS = 4 * 128;
/** Tokens a second, against what people run. */
const AT_LEAST = { full: 1, lora: 1.3 } as const;

const NAMES = { full: 'transformers', lora: 'transformers and peft' } as const;

interface Contestant {
  readonly name: string;
  readonly command: readonly string[];
}

interface Result {
  readonly seconds: number[];
  /** Bytes. */
  readonly peak: number;
  readonly expected?: number;
}

const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-bench-'));
try {
  const model = randomGpt2(path.join(folder, 'gpt2'), GPT2);
  const peersOf = peers(options.python);
  row('4 rows of 128 tokens, fp32', 'tokens/s', 'seconds a step', 'times', 'bound', 'peak', 'expected');
  row('---', '---', '---', '---', '---', '---', '---');
  for (const kind of ['full', 'lora'] as const) {
    const ours = (...how: string[]) => [process.execPath, script('ours.ts'), model, kind, '4', '128', ...how];
    const results = await race([
      { name: 'Eidolon', command: ours() },
      ...peersOf(kind),
      { name: 'Eidolon, computed again', command: ours('recompute') },
    ]);
    print(kind, results);
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** One step of each in turn, round after round; the first round, in which buffers are made, does not count. */
async function race(contestants: readonly Contestant[]): Promise<ReadonlyMap<string, Result>> {
  const running = contestants.map(({ name, command: [file = '', ...argv] }) => {
    const env = { ...process.env, ...(options.alike && KEEPS_FREED_MEMORY) }; // ours sets them by itself
    const child = spawn(file, argv, { stdio: ['pipe', 'pipe', 'inherit'], env });
    return { name, child, lines: linesOf(child), seconds: [] as number[] };
  });
  for (let step = 0; step <= STEPS; step++) {
    for (const { child, lines, seconds } of running) {
      child.stdin?.write('\n');
      const taken = Number(await lines());
      if (step > 0) seconds.push(taken);
    }
  }
  const results = new Map<string, Result>();
  for (const { name, child, lines, seconds } of running) {
    child.stdin?.end();
    results.set(name, { seconds, ...JSON.parse(await lines()) });
  }
  return results;
}

function linesOf(child: ChildProcess): () => Promise<string> {
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return async () => {
    const { done, value } = await lines.next();
    if (done) throw new Error(`${child.spawnargs.join(' ')} ended`);
    return value;
  };
}

function print(kind: keyof typeof AT_LEAST, results: ReadonlyMap<string, Result>): void {
  const ours = results.get('Eidolon');
  for (const [name, { seconds, peak, expected }] of results) {
    const pairs = ours?.seconds.map((own, step) => seconds[step]! / own) ?? [];
    const isPeer = expected === undefined;
    row(
      `${kind}: ${name}`,
      Math.round(TOKENS / median(seconds)),
      `${median(seconds).toFixed(2)} (best ${Math.min(...seconds).toFixed(2)})`,
      isPeer ? `${median(pairs).toFixed(2)}` : '',
      isPeer ? `at least ${AT_LEAST[kind]}` : '',
      gigabytes(peak),
      expected ? gigabytes(expected) : '',
    );
  }
}

/** Those that the Python can run. */
function peers(python: string | undefined): (kind: keyof typeof NAMES) => readonly Contestant[] {
  const has = (packages: string) =>
    python !== undefined && spawnSync(python, ['-c', `import ${packages}`]).status === 0;
  const known = [
    {
      file: 'transformers_peer.py',
      packages: 'torch, transformers, peft',
      nameOf: (kind: keyof typeof NAMES) => NAMES[kind],
    },
    { file: 'pytorch_peer.py', packages: 'torch', nameOf: () => 'PyTorch written by hand' },
  ].filter(({ file, packages }) => {
    const isThere = has(packages);
    if (!isThere) console.error(`No --python with ${packages}: ${file} is left out`);
    return isThere;
  });
  return (kind) =>
    known.map(({ file, nameOf }) => ({ name: nameOf(kind), command: [python ?? '', script(file), kind] }));
}

function script(name: string): string {
  return path.join(import.meta.dirname, 'training', name);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
