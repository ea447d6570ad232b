/** The training loop. Yields after every step; what to show, and when to stop, is the caller's to decide. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';
import type { Gpt2Config } from '../model/gpt2-config.ts';
import { batchOf, heldOutBatches, type Ingredient, trainingRows } from './data/batches.ts';
import type { Row } from './data/packing.ts';
import { learnedTokens, type TokenDocument } from './data/token-documents.ts';
import { warmupThenCosine } from './optimizer/learning-rate.ts';
import { appendBatch, keepBatches } from './run/batch-log.ts';
import { fullDisk, loadBest, loadCheckpoint, type Progress, saveBest, saveCheckpoint } from './run/checkpoint.ts';
import type { ModelFiles } from './run/model-files.ts';
import {
  type BatchShape,
  createTrainable,
  freshState,
  type Method,
  type Tensors,
  type Trainable,
  type TrainingState,
} from './trainable.ts';

export interface TrainingSettings {
  readonly method: Method;
  /** What the graph computes at once; larger batches are gathered from these. */
  readonly microBatch: BatchShape;
  readonly accumulate: number;
  /** Gradient checkpointing: slower, in less memory. */
  readonly recompute: boolean;
  readonly learningRate: number;
  /** Share of the learning rate at which a stage's last step arrives. */
  readonly finalShare: number;
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly clipNorm: number;
  readonly seed: number;
  /** Looks without a better validation loss after which a stage ends. */
  readonly patience: number;
}

/** One part of a curriculum. It hands the parameters of its best look to the next one. */
export interface Stage {
  readonly corpora: readonly StageCorpus[];
  readonly steps: number;
  readonly warmupSteps: number;
  /** Steps between two looks at the validation documents. */
  readonly evaluateEvery: number;
}

export interface StageCorpus extends Ingredient {
  readonly name: string;
}

export interface TrainingJob {
  readonly config: Gpt2Config;
  /** What the parameters are before the first step. */
  readonly initial: () => Tensors;
  readonly files: ModelFiles;
  readonly stages: readonly Stage[];
  /** The validation documents of every corpus that a stage names. */
  readonly validation: ReadonlyMap<string, readonly TokenDocument[]>;
  /** The corpus that a stage which reads it is judged by; a stage that does not is judged by all that it reads. */
  readonly measuredBy?: string;
  readonly settings: TrainingSettings;
  /** Checkpoints, the best parameters and the logs of losses and batches; a second run with the same job continues here. */
  readonly folder: string;
}

export interface TrainingStep {
  readonly step: number;
  readonly stage: number;
  /** Learned from so far, repeated ones counted again. */
  readonly tokens: number;
  /** Nats a token, of this step's batch. */
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Spent on this training in all its runs. */
  readonly seconds: number;
  /** Nats a token on the stage's validation documents, at the steps that look. */
  readonly validationLoss?: number;
  /** Nats a token on every corpus's validation documents, of the best parameters: before the first stage and after each. */
  readonly stageLosses?: Readonly<Record<string, number>>;
}

const LOSSES = 'losses.jsonl';
/** Between looks too, so that little is lost when the power goes. */
const CHECKPOINT_SECONDS = 300;

/** Trains, or continues, until its stages are done or the caller stops asking; then too it can be continued. */
export async function* train(job: TrainingJob): AsyncGenerator<TrainingStep> {
  const { config, files, settings, folder, stages } = job;
  mkdirSync(folder, { recursive: true });
  const checkpoint = loadCheckpoint(folder, files) ?? beginning(job);
  const { progress } = checkpoint;
  keepLosses(folder, progress.lines);
  keepBatches(folder, progress.step);
  const { method, microBatch: shape, recompute, accumulate } = settings;
  const trainable = await createTrainable(config, method, checkpoint.state, {
    shape,
    recompute,
    accumulates: accumulate > 1,
    adamW: settings,
  });
  const { state } = trainable;

  let [reached, saved] = [progress, progress];
  let clock = performance.now();
  const save = (): void => {
    saveCheckpoint(folder, files, { state, progress: reached });
    saved = reached;
  };
  /** Writes a step down, with the time spent since the last one was. */
  const record = (step: Omit<TrainingStep, 'seconds'>): TrainingStep => {
    const seconds = reached.seconds + (performance.now() - clock) / 1000;
    const recorded = { ...step, seconds };
    appendLoss(folder, recorded);
    reached = { ...reached, seconds, lines: reached.lines + 1 };
    return recorded;
  };
  const look = async (stage: Stage): Promise<number> => {
    const loss = await stageLoss(trainable, job, stage);
    if (!Number.isFinite(loss)) throw notFinite(`The validation loss after step ${reached.step}`, loss);
    if (reached.best && reached.best.loss <= loss) return loss;
    saveBest(folder, files, state.parameters);
    reached = { ...reached, best: { step: reached.step, loss } };
    return loss;
  };
  const comparesCorpora = job.validation.size > 1;
  const unmoved = () => ({
    step: reached.step,
    stage: reached.stage,
    tokens: reached.tokens,
    gradientNorm: 0,
    learningRate: 0,
  });

  try {
    for (let index = progress.stage; index < stages.length; index++) {
      const stage = stages[index]!;
      if (!reached.best) {
        // What it began from is the first to beat: a stage that only makes things worse returns what it was given.
        const loss = await look(stage);
        const compared = index === 0 && comparesCorpora ? { stageLosses: await corpusLosses(trainable, job) } : {};
        yield record({ ...unmoved(), loss, validationLoss: loss, ...compared });
        clock = performance.now();
      }
      const rows = rowsFrom(stage.corpora, settings, reached);
      const corpusOf = corpusIn(stage);
      while (!isOver(stage, settings, reached)) {
        const read = Array.from({ length: accumulate * shape.batch }, () => rows.next().value);
        const made = await makeStep(trainable, settings, stage, read, reached);
        write(folder, () => appendBatch(folder, made.step, read, corpusOf));
        reached = { ...reached, step: made.step, tokens: made.tokens };
        const looks = (made.step - reached.stageBegan) % stage.evaluateEvery === 0 || isOver(stage, settings, reached);
        const validation = looks ? { validationLoss: await look(stage) } : {};
        const step = record({ ...made, stage: index, ...validation });
        if (looks || reached.seconds - saved.seconds > CHECKPOINT_SECONDS) save();
        yield step; // what an observer does now is not the training's time
        clock = performance.now();
      }

      restore(state, loadBest(folder, files));
      const { step, best } = reached;
      if (comparesCorpora && best) {
        yield record({ ...unmoved(), loss: best.loss, stageLosses: await corpusLosses(trainable, job) });
        clock = performance.now();
      }
      reached = { ...reached, stage: index + 1, stageBegan: step, best: undefined };
      save();
    }
  } finally {
    if (reached !== saved) save();
    await trainable.release();
  }
}

/** Back to the parameters of a stage's best look; the next stage's moments begin anew. */
function restore({ parameters, means, variances }: TrainingState, best: ReturnType<typeof loadBest>): void {
  for (const [name, values] of best) parameters.get(name)!.set(values);
  for (const moments of [means, variances]) for (const values of moments.values()) values.fill(0);
}

function beginning({ initial }: TrainingJob) {
  const progress: Progress = { step: 0, stage: 0, stageBegan: 0, tokens: 0, seconds: 0, lines: 0 };
  return { state: freshState(initial()), progress };
}

function isOver({ steps, evaluateEvery }: Stage, { patience }: TrainingSettings, { step, stageBegan, best }: Progress) {
  return step - stageBegan >= steps || (best !== undefined && step - best.step >= patience * evaluateEvery);
}

/** The rows that the stage has not read yet. */
function rowsFrom(corpora: readonly Ingredient[], settings: TrainingSettings, { step, stage, stageBegan }: Progress) {
  const { microBatch, accumulate, seed } = settings;
  const rows = trainingRows(corpora, microBatch.length, seed * 100 + stage);
  for (let read = (step - stageBegan) * accumulate * microBatch.batch; read > 0; read--) rows.next();
  return rows;
}

/** The name of the corpus that a document of the stage stands in. */
function corpusIn({ corpora }: Stage): (document: TokenDocument) => string {
  const names = new Map(
    corpora.flatMap(({ name, documents }) => documents.map((document) => [document, name] as const)),
  );
  return (document) => names.get(document)!;
}

async function makeStep(
  trainable: Trainable,
  settings: TrainingSettings,
  stage: Stage,
  rows: readonly Row[],
  before: Progress,
) {
  const { accumulate, microBatch, clipNorm } = settings;
  const step = before.step + 1;
  let sum = 0;
  let weight = 0;
  for (let micro = 0; micro < accumulate; micro++) {
    const batch = batchOf(rows.slice(micro * microBatch.batch, (micro + 1) * microBatch.batch), microBatch);
    sum += await trainable.accumulate(batch);
    weight += batch.weights.reduce((total, one) => total + one, 0);
  }
  if (!Number.isFinite(sum)) {
    throw notFinite(`The loss of step ${step}`, sum);
  }
  const schedule = { ...stage, peak: settings.learningRate, floor: settings.finalShare };
  const learningRate = warmupThenCosine(schedule, step - before.stageBegan);
  const gradientNorm = await trainable.update({ step: step - before.stageBegan, learningRate, clipNorm, weight });
  if (!Number.isFinite(gradientNorm)) throw notFinite(`The gradient's norm in step ${step}`, gradientNorm);
  return { step, tokens: before.tokens + weight, loss: sum / weight, gradientNorm, learningRate };
}

function notFinite(what: string, found: number): UserError {
  return new UserError(`${what} is ${found}`, { hint: 'Try a lower learning rate' });
}

/** Of the validation losses that the stage is judged by the mean, each with its share of the stage. */
async function stageLoss(trainable: Trainable, job: TrainingJob, { corpora }: Stage): Promise<number> {
  const measured = corpora.filter(({ name }) => name === job.measuredBy);
  const judges = measured.length > 0 ? measured : corpora;
  const shares = judges.reduce((sum, { share }) => sum + share, 0);
  let loss = 0;
  for (const { name, share } of judges) {
    const documents = job.validation.get(name) ?? [];
    loss += (share / shares) * (await heldOutLoss(trainable, documents, job.settings.microBatch));
  }
  return loss;
}

async function corpusLosses(trainable: Trainable, { validation, settings }: TrainingJob) {
  const losses: Record<string, number> = {};
  for (const [name, documents] of validation) {
    losses[name] = await heldOutLoss(trainable, documents, settings.microBatch);
  }
  return losses;
}

/** Nats a token over all that documents have to be learned, each document by itself. */
async function heldOutLoss(trainable: Trainable, documents: readonly TokenDocument[], shape: BatchShape) {
  let sum = 0;
  for (const batch of heldOutBatches(documents, shape)) sum += await trainable.evaluate(batch);
  return sum / learnedTokens(documents);
}

/** Every step that a training has made, oldest first. */
export function losses(folder: string): TrainingStep[] {
  const file = path.join(folder, LOSSES);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line): TrainingStep => JSON.parse(line));
}

function appendLoss(folder: string, step: TrainingStep): void {
  write(folder, () => appendFileSync(path.join(folder, LOSSES), `${JSON.stringify(step)}\n`));
}

function write(folder: string, append: () => void): void {
  try {
    append();
  } catch (error) {
    throw fullDisk(error, folder);
  }
}

/** Steps after the last checkpoint are made again, so their lines go, also one that a kill cut short. */
function keepLosses(folder: string, lines: number): void {
  const file = path.join(folder, LOSSES);
  const written = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  writeFileSync(
    file,
    written
      .slice(0, lines)
      .map((line) => `${line}\n`)
      .join(''),
  );
}
