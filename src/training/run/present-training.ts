/** How the training of a persona that runs now goes. */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { isUnfinished, presentTrainer, type RunPlan, readPlan, runIds } from './run-folder.ts';

/** Times are ISO 8601 in UTC. */
export interface PresentTraining {
  readonly pid: number;
  readonly since: string;
  /** The name of its run's folder; null before it has one. */
  readonly run: string | null;
  /** Made so far, and at most to be made. */
  readonly step: number;
  readonly steps: number;
  /** Nats a token, of the last step. */
  readonly loss: number | null;
}

/** Nothing where nobody trains it. */
export function presentTraining(runs: string): PresentTraining | undefined {
  const trainer = presentTrainer(runs);
  if (!trainer) return undefined;
  const { pid, since } = trainer;
  const run = newestUnfinished(runs, since);
  const plan = run === undefined ? undefined : readPlan<RunPlan & { readonly steps?: number }>(runs, run);
  const last = run === undefined ? undefined : lastStep(lossesOf(runs, run));
  return {
    pid,
    since: since.toISOString(),
    run: run ?? null,
    step: last?.step ?? 0,
    steps: plan?.steps ?? 0,
    loss: last?.loss ?? null,
  };
}

const lossesOf = (runs: string, id: string) => path.join(runs, id, 'losses.jsonl');

/** Of the unfinished runs the one that was written to, if that was since the training began. */
function newestUnfinished(runs: string, since: Date): string | undefined {
  const written = runIds(runs)
    .filter((id) => isUnfinished(runs, id))
    .map((id) => ({ id, time: statSync(lossesOf(runs, id), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .toSorted((a, b) => b.time - a.time);
  const newest = written[0];
  return newest && newest.time >= since.getTime() ? newest.id : undefined;
}

/** More than a line takes. */
const TAIL_BYTES = 4096;

function lastStep(file: string): { readonly step: number; readonly loss: number } | undefined {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(descriptor, tail, 0, tail.length, size - tail.length);
    const line = tail.toString('utf8').split('\n').at(-2); // the last one is empty, or not whole yet
    return line ? JSON.parse(line) : undefined;
  } finally {
    closeSync(descriptor);
  }
}
