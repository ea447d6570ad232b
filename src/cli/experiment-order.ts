import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { corporaOf } from '../corpus/corpora.ts';
import { MINE } from '../corpus/corpus-files.ts';
import { home } from '../environment.ts';
import { UserError } from '../errors.ts';
import { loadPersona } from '../persona/load-persona.ts';
import type { Persona } from '../persona/persona.ts';
import { randomFrom } from '../random.ts';
import { type Arm, orderArms, type Stages } from '../training/order-experiment.ts';
import { type Overrides, type PlannedTraining, planTraining } from '../training/plan-training.ts';
import { documentNats } from '../training/report/measure-model.ts';
import { bitsPerByte, pairedBootstrap } from '../training/report/paired-bootstrap.ts';
import { bestModel } from '../training/run/checkpoint.ts';
import { finishRun, lockTraining, newestRun, openRun, type RunPlan } from '../training/run/run-folder.ts';
import { losses, train } from '../training/train.ts';
import type { OrderFlags } from './experiment.ts';
import { table } from './table.ts';
import { trainProgress } from './train-progress.ts';

interface ArmRun extends RunPlan {
  /** Of each document of the test part. */
  readonly nats: readonly number[];
}

/** `eidolon experiment order` */
export async function experimentOrder(name: string, flags: OrderFlags): Promise<void> {
  const root = home();
  const persona = loadPersona(path.join(root, 'personas', name));
  const arms = await armsOf(persona, root, flags);
  const folder = path.join(root, 'data', 'experiments', 'order', name);
  const lock = lockTraining(folder, name);
  try {
    const measured: { readonly arm: Arm['name']; readonly nats: (readonly number[])[] }[] = [];
    let bytes: number[] = [];
    for (const { name: arm, stages } of arms) {
      const nats: (readonly number[])[] = [];
      for (let seed = 1; seed <= flags.seeds; seed++) {
        const planned = await planTraining(persona, root, new Date(), { stages, seed, ...fromOf(flags) });
        bytes = planned.corpora.get(planned.measuredBy)!.parts.test.map(({ text }) => Buffer.byteLength(text));
        nats.push(await trainArm(planned, path.join(folder, arm.replace(' ', '-')), `${arm}, seed ${seed}`));
      }
      measured.push({ arm, nats });
    }
    const rows = compare(measured, bytes);
    writeFileSync(path.join(folder, 'table.json'), `${JSON.stringify(rows, null, 2)}\n`);
    if (flags.json) console.log(JSON.stringify(rows));
    else console.log(drawn(rows, bytes.length));
  } finally {
    lock.release();
  }
}

const fromOf = ({ from }: OrderFlags): Overrides => (from === undefined ? {} : { from });

async function armsOf(persona: Persona, root: string, flags: OrderFlags): Promise<readonly Arm[]> {
  const others = corporaOf(persona).map(({ name }) => name);
  const other = flags.other ?? others.find((name) => name !== MINE && name !== 'conversations');
  if (other === undefined) {
    throw new UserError(`${persona.folder}: expected another corpus beside its own, found none`, {
      hint: `Add one: eidolon archive add ${persona.name} BOOK.epub --author NAME, then eidolon corpus build ${persona.name}`,
    });
  }
  const stepsOf = async (stages: Stages) => {
    const { job } = await planTraining(persona, root, new Date(), { stages, ...fromOf(flags) });
    return job.stages[0]!.steps;
  };
  const usual = {
    mine: await stepsOf([{ corpora: { [MINE]: 1 }, epochs: 3 }]),
    other: await stepsOf([{ corpora: { [other]: 1 }, epochs: 1 }]),
  };
  const factor = flags.steps === undefined ? 1 : flags.steps / (usual.mine + usual.other);
  const steps = (count: number) => Math.max(1, Math.round(count * factor));
  return orderArms({ mine: MINE, other, steps: { mine: steps(usual.mine), other: steps(usual.other) } });
}

/** What the model of one training needs for each test document; at once where that was trained before. */
async function trainArm(planned: PlannedTraining, runs: string, title: string): Promise<readonly number[]> {
  const { plan, job, corpora, measuredBy } = planned;
  const before = newestRun<ArmRun>(runs, plan.fingerprint);
  if (before) return before.nats;

  const { folder } = openRun(runs, plan);
  const steps = job.stages.reduce((sum, stage) => sum + stage.steps, 0);
  const progress = trainProgress(process.stderr, { title, steps, earlier: losses(folder) });
  try {
    for await (const step of train({ ...job, folder })) progress.step(step);
  } finally {
    progress.end();
  }
  const nats = await documentNats(bestModel(folder), corpora.get(measuredBy)!.tokens.test);
  finishRun(folder, { ...plan, nats, losses: losses(folder) });
  return nats;
}

export interface ArmRow {
  readonly arm: Arm['name'];
  /** Bits a byte of the test part: the mean over seeds, and each seed's. */
  readonly bitsPerByte: number;
  readonly seeds: readonly number[];
  /** Against its own texts alone, with 95 % of resampled test parts between; absent for that arm itself. */
  readonly difference?: { readonly mean: number; readonly low: number; readonly high: number };
}

function compare(
  measured: readonly { readonly arm: Arm['name']; readonly nats: readonly (readonly number[])[] }[],
  bytes: readonly number[],
): ArmRow[] {
  const mean = (seeds: readonly (readonly number[])[]) =>
    bytes.map((_, document) => seeds.reduce((sum, nats) => sum + nats[document]!, 0) / seeds.length);
  const alone = mean(measured.find(({ arm }) => arm === 'mine alone')!.nats);
  return measured.map(({ arm, nats }) => {
    const ofArm = mean(nats);
    const pairs = bytes.map((size, index) => ({ before: alone[index]!, after: ofArm[index]!, bytes: size }));
    return {
      arm,
      bitsPerByte: bitsPerByte(ofArm, bytes),
      seeds: nats.map((seed) => bitsPerByte(seed, bytes)),
      ...(arm !== 'mine alone' && { difference: pairedBootstrap(pairs, randomFrom(1)) }),
    };
  });
}

function drawn(rows: readonly ArmRow[], documents: number): string {
  const lines = rows.map(({ arm, bitsPerByte: bits, seeds, difference }) => [
    arm,
    bits.toFixed(3),
    seeds.map((seed) => seed.toFixed(3)).join(' '),
    difference ? signed(difference.mean) : '',
    difference ? `${signed(difference.low)} to ${signed(difference.high)}` : '',
  ]);
  const heading = ['READ', 'BITS/BYTE', 'EACH SEED', 'AGAINST MINE ALONE', '95 %'];
  return `${table([heading, ...lines])}\n\nOn ${documents} texts of its own that no training saw; less is better.`;
}

function signed(bits: number): string {
  return `${bits < 0 ? '−' : '+'}${Math.abs(bits).toFixed(3)}`;
}
