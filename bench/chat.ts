/**
 * Conversation without a human: simulated curators (fixed rules with errors, named as such) pick a hundred replies of three copies of
 * one persona; a judge that taught none of them tells their replies apart. Controls are picked by chance. `node chat.ts` prints the
 * tables; stopped, it goes on where it was. `node chat.ts --latency` measures from a pick to changed replies, on a machine with nothing else to do.
 * `node chat.ts --others-turn --books TEXTS.jsonl` looks for the other's turn in the replies of two who know how it begins.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Condition, type Outcome, outcomeFile, runCondition, type Teaching } from './chat/condition.ts';
import { measureLatency } from './chat/latency.ts';
import { othersTurn } from './chat/others-turn.ts';
import { RULES } from './chat/rules.ts';
import { tables } from './chat/tables.ts';
import { ROOT } from './example-home.ts';

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    picks: { type: 'string', default: '100' },
    questions: { type: 'string', default: '40' },
    /** Outcomes are kept there between runs. */
    folder: { type: 'string', default: path.join(ROOT, 'data', 'bench-chat') },
    /** One condition, as this program calls itself: curt,1,taught */
    only: { type: 'string' },
    /** Prints what is there, and computes nothing. */
    tables: { type: 'boolean', default: false },
    latency: { type: 'boolean', default: false },
    'others-turn': { type: 'boolean', default: false },
    /** Of each of the two. */
    replies: { type: 'string', default: '1000' },
    /** The books of models/starter/README.md. */
    books: { type: 'string' },
    /** Where `salon.ts` keeps what it has trained; what is there is not trained again. */
    home: { type: 'string', default: path.join(ROOT, 'data', 'bench-salon') },
    workers: { type: 'string', default: '2' },
  },
});
const { folder } = options;
const SETTINGS = {
  folder,
  persona: 'ambrose',
  picks: Number(options.picks),
  questions: Number(options.questions),
};

/** A seed after the other, so that a run that was stopped has whole seeds. */
function conditions(): readonly Condition[] {
  const seeds = Array.from({ length: Number(options.seeds) }, (_, index) => index + 1);
  return seeds.flatMap((seed) =>
    (['taught', 'shuffled'] as const).flatMap((teaching) => RULES.map((rule) => ({ rule, seed, teaching }))),
  );
}

async function work(queue: Condition[]): Promise<void> {
  for (let next = queue.shift(); next; next = queue.shift()) {
    if (existsSync(outcomeFile(folder, next))) continue;
    const only = `${next.rule.name},${next.seed},${next.teaching}`;
    const { picks, questions } = options;
    const flags = ['--only', only, '--folder', folder, '--picks', picks, '--questions', questions];
    const child = spawn(process.execPath, [import.meta.filename, ...flags], { stdio: ['ignore', 'ignore', 'inherit'] });
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`${only} ended with ${code}`);
    console.error(`${only} is done`);
  }
}

if (options.latency) console.log(await measureLatency());
else if (options['others-turn']) {
  const { books, home, replies } = options;
  if (books === undefined) throw new Error('Expected --books TEXTS.jsonl: see models/starter/README.md');
  console.log(await othersTurn({ folder: home, books, replies: Number(replies) }));
} else if (options.only !== undefined) {
  const [name, seed, teaching] = options.only.split(',');
  const rule = RULES.find((one) => one.name === name);
  if (!rule) throw new Error(`No rule ${name}`);
  await runCondition({ rule, seed: Number(seed), teaching: teaching as Teaching }, SETTINGS);
} else {
  const queue = [...conditions()];
  if (!options.tables) await Promise.all(Array.from({ length: Number(options.workers) }, () => work(queue)));
  const files = conditions().map((condition) => outcomeFile(folder, condition));
  const outcomes = files
    .filter((file) => existsSync(file))
    .map((file): Outcome => JSON.parse(readFileSync(file, 'utf8')));
  console.log(tables(outcomes));
}
