import { existsSync } from 'node:fs';
import path from 'node:path';
import { judgeContext } from '../daemon/judge-context.ts';
import { adapterWith } from '../learning/adapters.ts';
import { type Finished, finishLearning } from '../learning/finish-learning.ts';
import type { LearnedRow } from '../learning/gate.ts';
import { isLearnedAlready, type PlannedLearning, planLearning, tooLittle } from '../learning/plan-learning.ts';
import { readExamples } from '../learning/read-examples.ts';
import { decidedTexts } from '../learning/taught-texts.ts';
import { loadPersona } from '../persona/load-persona.ts';
import type { Persona } from '../persona/persona.ts';
import type { Store } from '../store/store.ts';
import { parentIn } from '../training/plan-training.ts';
import { lockTraining, openRun, type Run } from '../training/run/run-folder.ts';
import { losses, train } from '../training/train.ts';
import { endWithParent } from './end-with-parent.ts';
import type { LearnFlags } from './learn.ts';
import { type TrainProgress, trainProgress } from './train-progress.ts';
import { withStore } from './with-store.ts';

/** `eidolon learn` */
export async function learnPersona(name: string, flags: LearnFlags): Promise<void> {
  endWithParent();
  await withStore(async (store, home) => {
    const persona = loadPersona(path.join(home, 'personas', name));
    const lock = lockTraining(learningFolder(home, name), name);
    try {
      await teach(store, home, persona, flags);
    } finally {
      lock.release();
    }
  });
}

export function learningFolder(home: string, persona: string): string {
  return path.join(home, 'data', 'learning', persona);
}

async function teach(store: Store, home: string, persona: Persona, { ifChanged, json }: LearnFlags): Promise<void> {
  const runs = learningFolder(home, persona.name);
  const decided = await decidedTexts(store, persona.name);
  const lacking = ifChanged ? tooLittle(persona.name, decided) : undefined;
  if (lacking !== undefined) return tellNothing(lacking, json);
  const planned = await planLearning(persona, home, new Date(), decided);
  if (ifChanged && isLearnedAlready(runs, planned.plan)) {
    return tellNothing(`${persona.name} has learned these decisions already`, json);
  }
  const run = openRun(runs, planned.plan);
  const progress = trainProgress(json ? process.stdout : process.stderr, {
    title: `${persona.name} learns from ${planned.plan.decisions.train.length} approved texts`,
    steps: planned.job.stages.reduce((sum, { steps }) => sum + steps, 0),
    earlier: losses(run.folder),
    json,
  });
  let finished: Finished;
  try {
    for (const line of beginning(planned, run, home)) progress.note(line);
    if (!(await learn(planned, run, progress))) return;
    progress.note('Measures what it learned');
    finished = await finishLearning({
      store,
      home,
      persona,
      planned,
      run,
      now: () => new Date(),
      base: baseOf(home, persona),
      context: await judgeContext({ store, persona, home }),
      examples: (await readExamples(store, persona.name)).examples,
    });
  } finally {
    progress.end();
  }
  if (json) console.log(JSON.stringify({ result: finished }));
  else
    for (const line of ending(finished, persona, await adapterWith(store, persona.name, 'live'))) console.error(line);
}

function tellNothing(why: string, json: boolean | undefined): void {
  if (json) console.log(JSON.stringify({ result: null, why }));
  else console.error(why);
}

/** What its model was trained from, where that is there. */
function baseOf(home: string, persona: Persona): string | undefined {
  const parent = parentIn(path.join(home, 'models', persona.model));
  const folder = parent && path.join(home, 'models', path.basename(parent));
  return folder && existsSync(path.join(folder, 'config.json')) ? folder : undefined;
}

function* beginning({ plan, taught }: PlannedLearning, run: Run<PlannedLearning['plan']>, home: string) {
  const { train, validation, test } = taught;
  const edited = train.filter((text) => text.edited).length;
  yield `${train.length} approved texts to learn from (${edited} in your own words), ${validation.length} to look at, ${test.length} to be measured by`;
  const folder = path.relative(home, run.folder);
  yield run.isResumed
    ? `Goes on in ${folder}, begun ${run.plan.started}`
    : `Over models/${plan.parent}; everything goes to ${folder}`;
}

/** Whether it came to its end; Ctrl-C and a plea to end stop it after the step that it is in. */
async function learn(
  { job }: PlannedLearning,
  { folder }: Run<PlannedLearning['plan']>,
  progress: TrainProgress,
): Promise<boolean> {
  let stopped = false;
  const stop = () => {
    stopped = true;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  try {
    for await (const step of train({ ...job, folder })) {
      progress.step(step);
      if (!stopped) continue;
      progress.note(`Stopped after step ${step.step}; the same command goes on from there.`);
      return false;
    }
    return true;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  }
}

function* ending(
  { adapter, status, rows }: Finished,
  { name, model }: Persona,
  live: { readonly id: number } | undefined,
) {
  for (const row of rows) yield rowLine(row);
  const present = live ? `adapter ${live.id}` : `models/${model}`;
  if (status === 'refused') yield `Adapter ${adapter} is refused; ${name} speaks with ${present}, as before`;
  else {
    yield `Adapter ${adapter} is on trial: it writes every other draft of ${name}, and blind decisions tell whether it stays`;
    yield `Until then ${name} speaks with ${present}; eidolon learn promote ${adapter} does not wait`;
  }
}

export function rowLine({ outcome, name, value, threshold }: LearnedRow): string {
  const word = { passed: 'passed', failed: 'FAILED', inconclusive: 'open  ' }[outcome];
  return `${word}  ${name}: ${value} (${threshold})`;
}
