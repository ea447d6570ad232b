/**
 * The folder of one training: `plan.json` before the first step, checkpoints and losses on the way, and at its end the model,
 * `report.html` and `run.json`, whose presence says that nothing in the folder will change any more.
 */
import {
  appendFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import {
  type ExclusiveLock,
  holderOf,
  type LockHolder,
  presentHolder,
  takeExclusiveLock,
} from '../../store/exclusive-lock.ts';
import type { Sample } from '../report/training-report.ts';

/** What is settled before the first step. Another training has another fingerprint. */
export interface RunPlan {
  readonly fingerprint: string;
  /** ISO 8601 in UTC. */
  readonly started: string;
}

export interface Run<Plan extends RunPlan> {
  readonly id: string;
  readonly folder: string;
  /** As it was written down when the run began. */
  readonly plan: Plan;
  readonly isResumed: boolean;
}

const [PLAN, RUN, SAMPLES, LOCK] = ['plan.json', 'run.json', 'samples.jsonl', 'lock'];

export function runsFolder(home: string, persona: string): string {
  return path.join(home, 'data', 'runs', persona);
}

/** The unfinished run of the same plan, or a new one. Runs of other plans stay as they are. */
export function openRun<Plan extends RunPlan>(runs: string, plan: Plan): Run<Plan> {
  const unfinished = unfinishedRun(runs, plan.fingerprint);
  if (unfinished !== undefined) {
    return { id: unfinished, folder: path.join(runs, unfinished), plan: readPlan(runs, unfinished), isResumed: true };
  }
  const day = plan.started.slice(0, 10);
  let number = 1;
  while (existsSync(path.join(runs, `${day}-${number}`))) number++;
  const id = `${day}-${number}`;
  const folder = path.join(runs, id);
  mkdirSync(folder, { recursive: true });
  writeJson(path.join(folder, PLAN), plan);
  return { id, folder, plan, isResumed: false };
}

/** The one of that plan which waits to go on. */
export function unfinishedRun(runs: string, fingerprint: string): string | undefined {
  return runIds(runs).find((id) => isUnfinished(runs, id) && readPlan(runs, id).fingerprint === fingerprint);
}

/** Oldest first. */
export function runIds(runs: string): string[] {
  const ids = globSync(`*/${PLAN}`, { cwd: runs }).map((file) => path.dirname(file));
  return ids.sort(new Intl.Collator('en', { numeric: true }).compare);
}

export function isUnfinished(runs: string, id: string): boolean {
  return !existsSync(path.join(runs, id, RUN));
}

/** What was settled before its first step. */
export function readPlan<Plan extends RunPlan>(runs: string, id: string): Plan {
  return JSON.parse(readFileSync(path.join(runs, id, PLAN), 'utf8'));
}

/** What the newest finished run says of itself, or the newest of that plan; nothing where there is none. */
export function newestRun<Finished extends RunPlan>(runs: string, fingerprint?: string): Finished | undefined {
  const finished = runIds(runs).filter((id) => !isUnfinished(runs, id));
  const told = finished.map((id): Finished => JSON.parse(readFileSync(path.join(runs, id, RUN), 'utf8')));
  return told.findLast((run) => fingerprint === undefined || run.fingerprint === fingerprint);
}

/** Marks the run as finished: its checkpoints go, and the folder is not written to again. */
export function finishRun(folder: string, run: object): void {
  writeJson(path.join(folder, RUN), run);
  for (const name of ['latest', 'best']) rmSync(path.join(folder, name), { recursive: true, force: true });
}

/** @throws UserError where a training of this persona runs already. */
export function lockTraining(runs: string, persona: string): ExclusiveLock {
  const file = path.join(runs, LOCK);
  const lock = takeExclusiveLock(file);
  if (lock) return lock;
  throw new UserError(`${persona} is being trained already, by process ${holderOf(file) ?? '(just begun)'}`, {
    hint: 'Wait for its end, or stop it: the next training goes on from there',
  });
}

/** The process that trains this persona now, and since when; nothing where none does. */
export function presentTrainer(runs: string): LockHolder | undefined {
  return presentHolder(path.join(runs, LOCK));
}

/** All that train a persona of this home now. */
export function presentTrainers(home: string): LockHolder[] {
  const runs = globSync(`*/${LOCK}`, { cwd: runsFolder(home, '.') }).map((file) => path.dirname(file));
  return runs.flatMap((persona) => presentTrainer(runsFolder(home, persona)) ?? []);
}

export function addSample(folder: string, sample: Sample): void {
  appendFileSync(path.join(folder, SAMPLES), `${JSON.stringify(sample)}\n`);
}

export function readSamples(folder: string): Sample[] {
  const file = path.join(folder, SAMPLES);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1); // a kill may have cut the last one
  return lines.map((line): Sample => JSON.parse(line));
}

function writeJson(file: string, content: object): void {
  writeFileSync(`${file}.unfinished`, `${JSON.stringify(content, null, 2)}\n`);
  renameSync(`${file}.unfinished`, file);
}
