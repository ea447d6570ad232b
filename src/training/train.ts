/** The training loop. Yields after every step; what to show, and when to stop, is the caller's to decide. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';
import type { Gpt2Config } from '../model/gpt2-config.ts';
import {
  type Checkpoint,
  loadCheckpoint,
  loadTensors,
  type Progress,
  saveCheckpoint,
  saveTensors,
} from './checkpoint.ts';
import { warmupThenCosine } from './learning-rate.ts';
import { heldOutBatches, trainingBatch } from './token-stream.ts';
import { type BatchShape, createTrainable, freshState, type Tensors, type Trainable } from './trainable.ts';

export interface TrainingSettings {
  /** What the graph computes at once; larger batches are gathered from these. */
  readonly microBatch: BatchShape;
  readonly accumulate: number;
  readonly steps: number;
  readonly warmupSteps: number;
  readonly learningRate: number;
  /** Share of the learning rate at which the last step arrives. */
  readonly finalShare: number;
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly clipNorm: number;
  readonly seed: number;
  /** Steps between two looks at the validation part; each is also a checkpoint. */
  readonly evaluateEvery: number;
  /** Looks without a better validation loss after which training stops. */
  readonly patience: number;
}

/** GPT-2's and nanoGPT's customs where they have one. */
export const DEFAULTS = {
  accumulate: 4, // 4,096 tokens a step with the micro-batch below: small corpora want many steps
  microBatch: { batch: 4, length: 256 }, // larger ones were slower on two cores: their buffers leave the cache
  finalShare: 0.1, // Chinchilla (arXiv 2203.15556), nanoGPT
  weightDecay: 0.1, // GPT-3 (arXiv 2005.14165)
  beta1: 0.9,
  beta2: 0.95, // GPT-3
  epsilon: 1e-8,
  clipNorm: 1, // GPT-3
  seed: 1,
  patience: Number.POSITIVE_INFINITY,
} as const;

export interface TrainingJob {
  readonly config: Gpt2Config;
  readonly initial: Tensors;
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  readonly settings: TrainingSettings;
  /** Checkpoints, the best parameters and the log of losses; a second run with the same job continues here. */
  readonly folder: string;
}

export interface TrainingStep {
  readonly step: number;
  /** Trained on so far, repeated ones counted again. */
  readonly tokens: number;
  /** Nats a token, of this step's batch. */
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Spent on this training in all its runs. */
  readonly seconds: number;
  /** Nats a token on the whole validation part, at the steps that look. */
  readonly validationLoss?: number;
}

const LOSSES = 'losses.jsonl';
const BEST = 'best.safetensors';

/** Trains, or continues, until its steps are done, patience ends or the caller stops asking; then too it can be continued. */
export async function* train(job: TrainingJob): AsyncGenerator<TrainingStep> {
  const { config, settings, folder } = job;
  mkdirSync(folder, { recursive: true });
  const fingerprint = fingerprintOf(job);
  const { state, progress } = loadCheckpoint(folder, fingerprint) ?? beginning(job);
  keepLosses(folder, progress.step);
  const trainable = await createTrainable(config, { kind: 'full' }, state, {
    shape: settings.microBatch,
    adamW: settings,
  });
  const began = performance.now() / 1000 - progress.seconds;
  const save = (reached: Progress) => saveCheckpoint(folder, config, { state, progress: reached }, fingerprint);

  let { best } = progress;
  let [reached, saved] = [progress, progress];
  /** Writes down a look at the validation part, and the parameters where they are the best so far. */
  const look = async (step: number): Promise<number> => {
    const loss = await heldOutLoss(trainable, job.validation, settings.microBatch);
    if (best && best.loss <= loss) return loss;
    best = { step, loss };
    saveTensors(path.join(folder, BEST), config, state.parameters);
    return loss;
  };

  try {
    if (!best) {
      // What it began from is the first to beat: a training that only makes things worse returns its parent.
      const validationLoss = await look(0);
      const unmoved = { step: 0, tokens: 0, gradientNorm: 0, learningRate: 0, seconds: 0 };
      yield recordLoss(folder, { ...unmoved, loss: validationLoss, validationLoss });
    }
    for (let step = progress.step + 1; step <= settings.steps; step++) {
      const made = await makeStep(trainable, job, step);
      const looks = step % settings.evaluateEvery === 0 || step === settings.steps;
      const validation = looks ? { validationLoss: await look(step) } : {};
      const seconds = performance.now() / 1000 - began;
      const done = recordLoss(folder, { ...made, seconds, ...validation });
      reached = { step, seconds, best };
      if (looks) {
        save(reached);
        saved = reached;
      }
      yield done;

      if (best && step - best.step >= settings.patience * settings.evaluateEvery) return;
    }
  } finally {
    if (reached !== saved) save(reached);
    await trainable.release();
  }
}

function beginning({ initial }: TrainingJob): Checkpoint {
  const parameters = new Map([...initial].map(([name, values]) => [name, values.slice()]));
  return { state: freshState(parameters), progress: { step: 0, seconds: 0 } };
}

async function makeStep(trainable: Trainable, { settings, train }: TrainingJob, step: number) {
  const { accumulate, microBatch, seed } = settings;
  let sum = 0;
  let weight = 0;
  for (let micro = 0; micro < accumulate; micro++) {
    const batch = trainingBatch(train, microBatch, seed, (step - 1) * accumulate + micro);
    sum += await trainable.accumulate(batch);
    weight += batch.weights.reduce((total, one) => total + one, 0);
  }
  if (!Number.isFinite(sum)) {
    throw new UserError(`The loss of step ${step} is ${sum}`, { hint: 'Try a lower learning rate.' });
  }
  const learningRate = warmupThenCosine({ ...settings, peak: settings.learningRate, floor: settings.finalShare }, step);
  const gradientNorm = await trainable.update({ step, learningRate, clipNorm: settings.clipNorm, weight });
  const tokens = step * accumulate * microBatch.batch * microBatch.length;
  return { step, tokens, loss: sum / weight, gradientNorm, learningRate };
}

/** Nats a token of parameters on tokens that they were not trained on. */
export async function lossOf(job: Pick<TrainingJob, 'config' | 'settings'>, parameters: Tensors, tokens: Uint32Array) {
  const { microBatch: shape } = job.settings;
  const trainable = await createTrainable(job.config, { kind: 'full' }, freshState(parameters), {
    shape,
    adamW: job.settings,
  });
  try {
    return await heldOutLoss(trainable, tokens, shape);
  } finally {
    await trainable.release();
  }
}

/** The parameters with the lowest validation loss so far. */
export function bestParameters(folder: string): Tensors {
  return loadTensors(path.join(folder, BEST));
}

/** Every step that a training has made, oldest first. */
export function losses(folder: string): TrainingStep[] {
  const file = path.join(folder, LOSSES);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line): TrainingStep => JSON.parse(line));
}

/** Nats a token over all of a part, every token predicted once from what stands before it in its window. */
async function heldOutLoss(trainable: Trainable, tokens: Uint32Array, shape: BatchShape): Promise<number> {
  let sum = 0;
  for (const batch of heldOutBatches(tokens, shape)) sum += await trainable.evaluate(batch);
  return sum / (tokens.length - 1);
}

function recordLoss(folder: string, step: TrainingStep): TrainingStep {
  appendFileSync(path.join(folder, LOSSES), `${JSON.stringify(step)}\n`);
  return step;
}

/** Steps after the last checkpoint are made again, so their lines go. */
function keepLosses(folder: string, step: number): void {
  const kept = losses(folder).filter((record) => record.step <= step);
  writeFileSync(path.join(folder, LOSSES), kept.map((record) => `${JSON.stringify(record)}\n`).join(''));
}

function fingerprintOf({ config, train, validation, settings }: TrainingJob): string {
  const hash = createHash('sha256').update(JSON.stringify([config, settings]));
  for (const tokens of [train, validation])
    hash.update(new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength));
  return hash.digest('hex');
}
