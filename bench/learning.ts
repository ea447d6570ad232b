/**
 * The whole loop without a human: simulated curators (fixed rules with errors, named as such) decide on three hundred drafts
 * each, a selector and an adapter learn from them, and the queue is judged by the same rules before and after. With controls
 * that must not improve. `node learning.ts` prints the tables; stopped, it goes on where it was.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './example-home.ts';
import { type Condition, outcomeFile, runCondition, type Settings, sharedPools } from './learning/condition.ts';
import { CURATORS } from './learning/curators.ts';
import { readOutcomes, tables } from './learning/tables.ts';
import type { Teaching } from './learning/teach.ts';

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    /** What is kept between runs: candidates, trainings, outcomes. */
    folder: { type: 'string', default: path.join(ROOT, 'data', 'bench-learning') },
    /** One condition, as this program calls itself: brief,1,taught */
    only: { type: 'string' },
    /** Prints what is there, and computes nothing. */
    tables: { type: 'boolean', default: false },
    /** Selectors alone: minutes instead of an hour. Adapters are taught when it is left out the next time. */
    selectors: { type: 'boolean', default: false },
    workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
  },
});
const SEEDS = Array.from({ length: Number(options.seeds) }, (_, index) => index + 1);
const SETTINGS: Settings = {
  folder: options.folder,
  persona: 'ambrose',
  decisions: 300,
  testDrafts: 200,
  adapterDrafts: 96,
  withAdapter: true,
};

/** Adapters of the controls are taught with the first seed alone: they take as long as the others. */
const hasAdapter = ({ teaching, seed }: Condition) => !options.selectors && (teaching === 'taught' || seed === 1);

/** A seed after the other, so that a run that was stopped has whole seeds; the controls come after the first. */
function conditions(): readonly Condition[] {
  const of = (teaching: Teaching, seeds: readonly number[]) =>
    seeds.flatMap((seed) => CURATORS.map((curator): Condition => ({ curator, seed, teaching })));
  const [first = 1, ...others] = SEEDS;
  return [
    ...of('taught', [first]),
    ...of('shuffled', [first]),
    ...of('taught', others),
    ...of('random', [first]),
    ...of('shuffled', others),
    ...of('random', others),
  ];
}

/** One process a core: the runtime's own threads would wait for each other. */
async function work(queue: Condition[], core: number): Promise<void> {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const { curator, seed, teaching } = next;
    const only = `${curator.name},${seed},${teaching}`;
    const argv = [
      import.meta.filename,
      '--only',
      only,
      '--folder',
      options.folder,
      ...(options.selectors ? ['--selectors'] : []),
    ];
    const pinned = process.platform === 'linux' && Number(options.workers) > 1;
    const command = pinned ? ['taskset', '-c', String(core), process.execPath, ...argv] : [process.execPath, ...argv];
    const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'ignore', 'inherit'] });
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`${only} ended with ${code}`);
    console.error(`${only} is done`);
  }
}

if (options.only !== undefined) {
  const [name, seed, teaching] = options.only.split(',');
  const curator = CURATORS.find((one) => one.name === name);
  if (!curator) throw new Error(`No curator ${name}`);
  const condition: Condition = { curator, seed: Number(seed), teaching: teaching as Teaching };
  await runCondition(condition, { ...SETTINGS, withAdapter: hasAdapter(condition) });
} else {
  if (!options.tables) {
    const pools = await sharedPools(SETTINGS);
    await pools.tune();
    await pools.test();
    for (const seed of SEEDS) await pools.teach(seed);
    const queue = [...conditions()];
    await Promise.all(Array.from({ length: Number(options.workers) }, (_, core) => work(queue, core)));
  }
  const files = conditions().map((condition) => outcomeFile(options.folder, condition));
  console.log(tables(readOutcomes(files)));
}
