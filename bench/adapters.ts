/**
 * Fifty personas with adapters of rank 8 on one base in GPT-2's 124M shape, beside one of them, in one model host and in turn; what
 * all of it takes of memory; and how long a process takes from its start to the first token: `node adapters.ts`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startModelHost } from '../src/host/model-host.ts';
import { createLog } from '../src/log.ts';
import { CANDIDATES, NEW_TOKENS, PROMPT } from './decode/contestant.ts';
import { adapterFolder, randomAdapter, randomBase } from './decode/random-home.ts';
import { median, row } from './example-home.ts';

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, measure: { type: 'string' } },
});
const PERSONAS = 50;
/** Requests that wait together, of eight candidates each: in a batch of 16, texts of two or three personas are beside each other. */
const AT_ONCE = 4;
const STARTS = 5;

if (options.measure === undefined) prepare();
else await adapters(path.join(options.measure, 'random'));

/** What is measured is a process of its own: making half a gigabyte of weights leaves its traces in this one. */
function prepare(): void {
  const home = mkdtempSync(path.join(tmpdir(), 'eidolon-adapters-'));
  try {
    const base = randomBase(home);
    for (let seed = 1; seed <= PERSONAS; seed++) randomAdapter(base, seed);
    coldStart(base);
    console.log();
    const argv = [import.meta.filename, '--measure', home, '--rounds', options.rounds];
    spawnSync(process.execPath, argv, { stdio: ['ignore', 'inherit', 'inherit'] });
  } finally {
    rmSync(home, { recursive: true });
  }
}

function coldStart(base: string): void {
  const seconds = Array.from({ length: STARTS }, () => {
    const begun = performance.now();
    const { status } = spawnSync(process.execPath, [path.join(import.meta.dirname, 'decode', 'first-text.ts'), base]);
    if (status !== 0) throw new Error('The first text was not written');
    return (performance.now() - begun) / 1000;
  });
  row('cold start of 124M parameters', 'median', `of ${STARTS} runs`, 'bound');
  row('---', '---', '---', '---');
  const all = seconds.map((each) => each.toFixed(2)).join(', ');
  row(
    'a process from its start to its end with the first token',
    `${median(seconds).toFixed(2)} s`,
    all,
    'at most 3 s',
  );
}

async function adapters(base: string): Promise<void> {
  const personas = Array.from({ length: PERSONAS }, (_, index) => adapterFolder(base, index + 1));
  const host = startModelHost(createLog({ level: 'silent' }), { maxWaiting: PERSONAS });
  const sampling = { temperature: 0.9, topK: 0, topP: 0.95, repetitionPenalty: 1, maxTokens: NEW_TOKENS };
  const ask = (folder: string, seed: number, count = CANDIDATES, maxTokens = NEW_TOKENS) =>
    host.generate({ folder, prompt: PROMPT, count, seed, sampling: { ...sampling, maxTokens } });
  async function speed(folders: readonly string[]): Promise<number> {
    const begun = performance.now();
    const answers = await Promise.all(folders.map((folder, index) => ask(folder, index)));
    const tokens = answers.flatMap(({ generated }) => generated).reduce((sum, text) => sum + text.tokens, 0);
    return (1000 * tokens) / (performance.now() - begun);
  }
  await ask(base, 1);
  const alone = process.memoryUsage.rss();
  for (const folder of personas) await ask(folder, 1, 1, 2);

  const [one, many, without]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round <= Number(options.rounds); round++) {
    const begin = round * AT_ONCE;
    const different = Array.from({ length: AT_ONCE }, (_, index) => personas[(begin + index) % PERSONAS]!);
    const measured = {
      one: await speed(new Array(AT_ONCE).fill(personas[begin % PERSONAS])),
      many: await speed(different),
      without: await speed(new Array(AT_ONCE).fill(base)),
    };
    if (round === 0) continue;
    one.push(measured.one);
    many.push(measured.many);
    without.push(measured.without);
  }
  const { models } = await host.figures();
  const resident = process.memoryUsage.rss();
  await host.close();
  const slower = median(many.map((speed, round) => one[round]! / speed)) - 1;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;
  row(`${AT_ONCE} requests of ${CANDIDATES} candidates at once`, 'tokens/s', '', 'bound');
  row('---', '---', '---', '---');
  row('all of the base alone', median(without).toFixed(0), '', '');
  row('all of one persona', median(one).toFixed(0), '', '');
  row('each of another persona', median(many).toFixed(0), `${(100 * slower).toFixed(1)} % slower`, 'at most 3 %');
  row('resident with the base alone', gigabytes(alone), '', '');
  row(`resident with ${models.length - 1} adapters`, gigabytes(resident), '', 'at most 1.2 GB');
}
