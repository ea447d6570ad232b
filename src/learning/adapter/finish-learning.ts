/** After the last step: measured, judged by the gate, and taken down with its manifest, whatever the gate says. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Persona } from '../../persona/persona.ts';
import { standingTexts } from '../../queue/standing-texts.ts';
import type { JudgeContext } from '../../scoring/candidate.ts';
import type { Store } from '../../store/store.ts';
import { loadBest } from '../../training/run/checkpoint.ts';
import { adapterFiles, type ModelFiles } from '../../training/run/model-files.ts';
import { finishRun, type Run } from '../../training/run/run-folder.ts';
import type { LoraSettings, Tensors } from '../../training/trainable.ts';
import type { Example } from '../selector/example.ts';
import { tryOut } from './acceptance.ts';
import { adapterFolder, addAdapter, listAdapters } from './adapters.ts';
import { chooseStrength, type TriedStrength } from './choose-strength.ts';
import { gateRows, type LearnedNumbers, type LearnedRow, mayBeTried } from './gate.ts';
import { measureLearned } from './measure-learned.ts';
import { measuredSamples } from './measured-samples.ts';
import { modelOf } from './model-of.ts';
import type { LearningPlan, PlannedLearning } from './plan-learning.ts';
import { proxyOf } from './proxy.ts';

export interface Finishing {
  readonly store: Store;
  readonly home: string;
  readonly persona: Persona;
  readonly planned: PlannedLearning;
  readonly run: Run<LearningPlan>;
  readonly now: () => Date;
  /** The folder of what the persona's model was trained from, where it is there. */
  readonly base: string | undefined;
  readonly context: JudgeContext;
  readonly looks: LearnedNumbers['looks'];
  /** What was taught from the same decisions in another way: only the one that wins more often is tried. */
  readonly rival?: Finished | undefined;
  /** All that the selector learns from; only those of other drafts rate what was taught. */
  readonly examples: readonly Example[];
}

/** As it lies in the adapter's folder and in the store. */
export interface Manifest extends LearningPlan {
  /** The folder of its training. */
  readonly run: string;
  readonly finished: string;
  /** How much of what was trained is spoken with, and what variety each left. */
  readonly strength: number;
  readonly tried: readonly TriedStrength[];
  readonly numbers: LearnedNumbers;
  readonly rows: readonly LearnedRow[];
  /** Which voice it was measured beside. */
  readonly present: string;
  /** What it wrote for the gate, the first few. */
  readonly samples: readonly string[];
}

export interface Finished {
  readonly adapter: number;
  readonly status: 'candidate' | 'refused' | 'retired';
  readonly winRate: number | null;
  readonly rows: readonly LearnedRow[];
}

const MANIFEST = 'manifest.json';
/** In the run's folder. */
const STRENGTHENED = 'strengthened';
const KEPT_SAMPLES = 20;

export async function finishLearning(finishing: Finishing): Promise<Finished> {
  const { store, persona, planned, run } = finishing;
  // A crash between the row and the run's end: the adapter is there already, and is not made twice.
  const before = (await listAdapters(store, persona.name)).find(
    ({ manifest }) => (manifest as Manifest).run === run.id,
  );
  if (before) {
    const { rows, numbers } = before.manifest as Manifest;
    finishRun(run.folder, before.manifest as Manifest);
    const status = before.status === 'live' ? 'candidate' : before.status;
    return { adapter: before.id, status, winRate: numbers.proxy?.winRate ?? null, rows };
  }

  const { job, lora, base: checkpoint, corpora, taught } = planned;
  const { manifest, ...finished } = await judgeLearned({
    ...finishing,
    plan: run.plan,
    id: run.id,
    scratch: path.join(run.folder, STRENGTHENED),
    trained: new Map(loadBest(run.folder, job.files)),
    files: job.files,
    lora,
    checkpoint,
    corpora,
    heldOut: taught.test,
  });
  finishRun(run.folder, manifest);
  return finished;
}

/** What was taught, however that was. */
export interface Judging
  extends Pick<Finishing, 'store' | 'home' | 'persona' | 'now' | 'base' | 'context' | 'looks' | 'rival' | 'examples'> {
  readonly plan: LearningPlan;
  /** By which it is known where it was trained. */
  readonly id: string;
  /** A folder that may be written to. */
  readonly scratch: string;
  readonly trained: Tensors;
  /** Of an adapter in `scratch`. */
  readonly files: ModelFiles;
  readonly lora: LoraSettings;
  /** The folder of the whole weights. */
  readonly checkpoint: string;
  readonly corpora: PlannedLearning['corpora'];
  /** Approved texts that were not learned. */
  readonly heldOut: PlannedLearning['taught']['test'];
}

/** Measured, judged by the gate, and added to the persona's adapters, whatever the gate says. */
export async function judgeLearned(judging: Judging): Promise<Finished & { readonly manifest: Manifest }> {
  const { store, home, persona, plan, id: run, scratch, trained, files, now } = judging;
  const present = await modelOf(home, store, persona);
  const checkpoint = path.join(home, 'models', persona.model);
  const { base, context, examples } = judging;
  const { strength, folder, tried } = await chooseStrength({
    persona,
    present: present.folder,
    trained,
    write(tensors) {
      files.write(scratch, tensors, 'F32');
      return scratch;
    },
    seed: persona.learn.seed * 1_000_000 + 500_000,
  });
  const { numbers, samples } = await measureLearned({
    persona,
    checkpoint,
    present: present.folder,
    taught: folder,
    corpora: judging.corpora,
    heldOut: judging.heldOut,
    earlier: await standingTexts(store, persona.name),
    seed: persona.learn.seed * 1_000_000,
    looks: judging.looks,
    proxy: proxyOf(examples, (some) => measuredSamples({ checkpoint, base, context }, some)),
  });
  const measured = gateRows(numbers);
  const winRate = numbers.proxy?.winRate ?? null;
  const { rival } = judging;
  const isOutdone = rival?.status === 'candidate' && (winRate ?? 0) <= (rival.winRate ?? 0);
  const status = !mayBeTried(measured) ? 'refused' : isOutdone ? 'retired' : 'candidate';
  // Nobody has decided on what it writes: that line is open, and an open line promotes nothing.
  const rows = [...measured, tryOut([], []).row];
  const manifest: Manifest = {
    ...plan,
    run,
    finished: now().toISOString(),
    strength,
    tried,
    numbers,
    rows,
    present: present.name,
    samples: samples.slice(0, KEPT_SAMPLES).map(({ text }) => text),
  };
  const failed = rows.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
  const passed = isOutdone ? `adapter ${rival.adapter} wins more often` : 'every line but acceptance';
  const reason = failed.length > 0 ? failed.join('; ') : passed;
  const parameters = new Map(files.read(folder));
  const adapter = await addAdapter(
    store,
    { persona: persona.name, parent: plan.parent, parentHash: plan.parentHash, manifest },
    { to: status, by: 'gate', reason, at: now().toISOString() },
    (id) => {
      const folder = adapterFolder(home, { persona: persona.name, id });
      const unfinished = `${folder}.unfinished`;
      for (const old of [unfinished, folder]) rmSync(old, { recursive: true, force: true });
      mkdirSync(unfinished, { recursive: true });
      const written = path.relative(folder, judging.checkpoint).split(path.sep).join('/');
      adapterFiles({ ...judging.lora, base: written }).write(unfinished, parameters, 'F32');
      writeFileSync(path.join(unfinished, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
      renameSync(unfinished, folder);
    },
  );
  return { adapter, status, winRate, rows, manifest };
}
