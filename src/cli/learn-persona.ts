import { existsSync } from 'node:fs';
import path from 'node:path';
import { judgeContext } from '../daemon/composing/judge-context.ts';
import { adapterWith } from '../learning/adapter/adapters.ts';
import { type Finished, finishLearning, type Manifest } from '../learning/adapter/finish-learning.ts';
import type { LearnedRow } from '../learning/adapter/gate.ts';
import { looksOf } from '../learning/adapter/measure-learned.ts';
import { challengerLooks, type PlannedChallenger, planChallenger } from '../learning/adapter/plan-challenger.ts';
import { isLearnedAlready, type PlannedLearning, planLearning, tooLittle } from '../learning/adapter/plan-learning.ts';
import { decidedTexts } from '../learning/adapter/taught-texts.ts';
import { trainChallenger } from '../learning/adapter/train-challenger.ts';
import { readExamples } from '../learning/selector/read-examples.ts';
import { loadPersona } from '../persona/load-persona.ts';
import type { Persona } from '../persona/persona.ts';
import type { Store } from '../store/store.ts';
import { parentIn } from '../training/plan-training.ts';
import { lockTraining, newestRun, openRun, type Run, unfinishedRun } from '../training/run/run-folder.ts';
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
  const challenger = planChallenger(planned, decided, home);
  // Stopped in the middle of the second way to learn: the first is done, and only its adapter is looked up.
  const waits = challenger && unfinishedRun(runs, challenger.planned.plan.fingerprint) !== undefined;
  const done = waits ? newestRun<Manifest>(runs, planned.plan.fingerprint) : undefined;
  const run = done
    ? { id: done.run, folder: path.join(runs, done.run), plan: planned.plan, isResumed: true }
    : openRun(runs, planned.plan);
  const progress = trainProgress(json ? process.stdout : process.stderr, {
    title: `${persona.name} learns from ${planned.plan.decisions.train.length} approved texts`,
    steps: planned.job.stages.reduce((sum, { steps }) => sum + steps, 0),
    earlier: losses(run.folder),
    json,
  });
  const told: Finished[] = [];
  const { examples, orphans } = await readExamples(store, persona.name);
  try {
    for (const line of beginning(planned, run, home)) progress.note(line);
    if (orphans > 0) progress.note(`${orphans} decisions are passed over: their draft or candidate is gone`);
    if (!done && !(await learn(planned, run, progress))) return;
    progress.note('Measures what it learned');
    const finishing = {
      store,
      home,
      persona,
      now: () => new Date(),
      base: baseOf(home, persona),
      context: await judgeContext({ store, persona, home }),
      examples,
    };
    const finished = await finishLearning({ ...finishing, planned, run, looks: looksOf(losses(run.folder)) });
    told.push(finished);
    if (challenger) {
      const other = openRun(runs, challenger.planned.plan);
      progress.note(`${decided.length} decisions: KTO tries to do better, in ${path.relative(home, other.folder)}`);
      const steps = await challenge(challenger, other.folder, progress);
      if (steps === undefined) return;
      const checkpoint = path.join(home, 'models', persona.model);
      const looks = await challengerLooks(planned, { checkpoint, run: other.folder }, steps);
      const ended = { ...finishing, planned: challenger.planned, run: other, looks, rival: finished };
      told.push(await finishLearning(ended));
    }
  } finally {
    progress.end();
  }
  const result = told.findLast(({ status }) => status === 'candidate') ?? told[0]!;
  if (json) console.log(JSON.stringify({ result, adapters: told }));
  else {
    for (const { adapter, rows } of told) {
      console.error(`Adapter ${adapter}`);
      for (const row of rows) console.error(rowLine(row));
    }
    for (const line of endingLines(result, persona, await adapterWith(store, persona.name, 'live')))
      console.error(line);
  }
}

/** The steps that it made in all; nothing where it was stopped. */
async function challenge(
  { job }: PlannedChallenger,
  folder: string,
  progress: TrainProgress,
): Promise<number | undefined> {
  const stopping = stopsOn();
  try {
    let last = 0;
    for await (const { step, steps, loss, kl } of trainChallenger({ ...job, folder })) {
      last = step;
      if (step % 10 === 0 || step === steps) {
        progress.note(
          `KTO: step ${step} of ${steps}, loss ${loss.toFixed(4)}, ${kl.toFixed(3)} nats from the reference`,
        );
      }
      if (!stopping.asked) continue;
      progress.note(`Stopped after step ${step}; the same command goes on from there.`);
      return undefined;
    }
    return last;
  } finally {
    stopping.release();
  }
}

/** Ctrl-C and a plea to end stop what goes on after the step that it is in. */
function stopsOn() {
  const stopping = { asked: false, release: () => {} };
  const stop = () => {
    stopping.asked = true;
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, stop);
  stopping.release = () => {
    for (const signal of signals) process.off(signal, stop);
  };
  return stopping;
}

function tellNothing(why: string, json: boolean | undefined): void {
  if (json) console.log(JSON.stringify({ result: null, why }));
  else console.error(why);
}

/** What its model was trained from, where that is there. */
export function baseOf(home: string, persona: Persona): string | undefined {
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

/** Whether it came to its end. */
async function learn(
  { job }: PlannedLearning,
  { folder }: Run<PlannedLearning['plan']>,
  progress: TrainProgress,
): Promise<boolean> {
  const stopping = stopsOn();
  try {
    for await (const step of train({ ...job, folder })) {
      progress.step(step);
      if (!stopping.asked) continue;
      progress.note(`Stopped after step ${step.step}; the same command goes on from there.`);
      return false;
    }
    return true;
  } finally {
    stopping.release();
  }
}

export function* endingLines(
  { adapter, status }: Finished,
  { name, model }: Persona,
  live: { readonly id: number } | undefined,
) {
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
