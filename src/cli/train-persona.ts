import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { enough } from '../corpus/verdict.ts';
import { wordCount } from '../corpus/words.ts';
import { home } from '../environment.ts';
import { loadPersona } from '../persona/load-persona.ts';
import type { Persona } from '../persona/persona.ts';
import { learnedTokens } from '../training/data/token-documents.ts';
import { DOCUMENTS, provenance } from '../training/data/training-corpora.ts';
import { isLearned, type PlannedTraining, parentOf, planTraining } from '../training/plan-training.ts';
import type { TrainingReport } from '../training/report/training-report.ts';
import { fullDisk, latestModel } from '../training/run/checkpoint.ts';
import { addSample, lockTraining, openRun, type Run, runsFolder } from '../training/run/run-folder.ts';
import { losses, train } from '../training/train.ts';
import { endWithParent } from './end-with-parent.ts';
import { finishTraining } from './finish-training.ts';
import { keepAdded, refuseForeignModel } from './promote.ts';
import type { TrainFlags } from './train.ts';
import { type TrainProgress, trainProgress } from './train-progress.ts';
import { sampleFrom } from './train-samples.ts';

/** `eidolon train` */
export async function trainPersona(
  name: string,
  { samples, promote, ifChanged, json, ...overrides }: TrainFlags,
): Promise<void> {
  endWithParent();
  const root = home();
  const models = path.join(root, 'models');
  const persona = loadPersona(path.join(root, 'personas', name));
  refuseForeignModel(path.join(models, name), name);
  const runs = runsFolder(root, name);
  const lock = lockTraining(runs, name);
  try {
    const kept = await keepAdded(path.join(models, name));
    const from = overrides.from ?? persona.train.from ?? parentOf(persona, models);
    const planned = await planTraining(persona, root, new Date(), {
      ...overrides,
      from: from === name ? (kept ?? from) : from,
    });
    if (ifChanged && isLearned(runs, path.join(models, name), planned.plan)) {
      if (json) console.log(JSON.stringify({ result: null }));
      else console.error(`${name} has learned these texts already`);
      return;
    }
    const run = openRun(runs, planned.plan);
    writeFileSync(path.join(run.folder, DOCUMENTS), provenance(planned.corpora).toArray().join(''));
    const progress = trainProgress(json ? process.stdout : process.stderr, {
      title: `${name} learns from ${planned.plan.base}`,
      steps: planned.plan.steps,
      earlier: losses(run.folder),
      json,
    });
    try {
      if (kept !== undefined) progress.note(`models/${name} was added, not trained here: it is kept as models/${kept}`);
      for (const line of beginning(planned, run, root)) progress.note(line);
      if (!(await learn(persona, planned, run, progress, samples))) return;
      progress.note('Measures what it learned');
    } finally {
      progress.end();
    }
    const report = await finishTraining({ persona, planned, run, models, promotes: promote });
    if (json) console.log(JSON.stringify({ result: resultOf(report) }));
    else for (const line of ending(report, persona, path.relative(root, run.folder))) console.error(line);
  } catch (error) {
    throw fullDisk(error, runs);
  } finally {
    lock.release();
  }
}

const resultOf = ({ id, bitsPerByte, gate, memorisation }: TrainingReport) => ({ id, bitsPerByte, gate, memorisation });

function* ending({ bitsPerByte, base, gate, memorisation }: TrainingReport, persona: Persona, folder: string) {
  const bits = `${bitsPerByte.trained.toFixed(3)} bits a byte on texts it never saw; ${base} has ${bitsPerByte.base.toFixed(3)}`;
  yield `${folder}: ${bits}`;
  for (const { isGood, says, rule } of memorisation?.findings ?? []) if (!isGood) yield `${says} (${rule})`;
  for (const { name, threshold, value, passed } of gate.rows) {
    yield `${passed ? 'passed' : 'FAILED'}  ${name}: ${value} (${threshold})`;
  }
  yield `See ${path.join(folder, 'report.html')}`;
  if (!gate.promoted) yield `models/${persona.name} stays as it was`;
  else if (persona.model === persona.name) yield `models/${persona.name} is this one now`;
  else
    yield `It is models/${persona.name}; to use it, set model: ${persona.name} in personas/${persona.name}/persona.yaml`;
}

/** What is to be learned, and what is wrong with it. */
function* beginning({ corpora, measuredBy, plan }: PlannedTraining, run: Run<PlannedTraining['plan']>, root: string) {
  for (const { name, tokens } of corpora.values()) {
    const { train, validation, test } = tokens;
    yield `${name}: ${train.length} texts (${learnedTokens(train)} tokens) to learn from, ${validation.length} to look at, ${test.length} for the test at the end`;
  }
  const { parts } = corpora.get(measuredBy)!;
  const documents = [...parts.train, ...parts.validation, ...parts.test];
  const words = documents.reduce((sum, { text }) => sum + wordCount(text), 0);
  const { isGood, says, rule } = enough({ documents: documents.length, words });
  if (!isGood) yield `${says} (${rule})`;
  const folder = path.relative(root, run.folder);
  yield run.isResumed ? `Goes on in ${folder}, begun ${plan.started}` : `Everything goes to ${folder}`;
}

/** Whether it came to its end; Ctrl-C and a plea to end stop it after the step that it is in. */
async function learn(
  persona: Persona,
  { job }: PlannedTraining,
  { folder }: Run<PlannedTraining['plan']>,
  progress: TrainProgress,
  samples: number,
): Promise<boolean> {
  let stopped = false;
  const stop = () => {
    stopped = true;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  try {
    for await (const step of train({ ...job, folder })) {
      progress.step(step);
      if (step.validationLoss !== undefined && step.step > 0 && samples > 0 && !stopped) {
        const { prompts, sampling } = persona;
        const written = await sampleFrom(latestModel(folder), prompts, { count: samples, seed: step.step, sampling });
        for (const { prompt, text } of written) {
          addSample(folder, { step: step.step, prompt, text });
          progress.sample({ step: step.step, prompt, text });
        }
      }
      if (!stopped) continue;
      progress.note(`Stopped after step ${step.step}; the same command goes on from there.`);
      return false;
    }
    return true;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  }
}
