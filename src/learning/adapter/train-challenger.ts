/**
 * KTO on the graphs that all training uses: a text's part of the gradient is that of its negative log-likelihood, times a slope that
 * follows from where policy and reference stand. So each step looks first, and then learns with those slopes as weights.
 */
import { existsSync } from 'node:fs';
import type { Gpt2Config } from '../../model/gpt2-config.ts';
import { randomFrom, shuffled } from '../../random.ts';
import { batchOf } from '../../training/data/batches.ts';
import { piecesOf } from '../../training/data/packing.ts';
import type { TokenDocument } from '../../training/data/token-documents.ts';
import { ADAMW } from '../../training/defaults.ts';
import { warmupThenCosine } from '../../training/optimizer/learning-rate.ts';
import { bestModel, loadCheckpoint, type Progress, saveBest, saveCheckpoint } from '../../training/run/checkpoint.ts';
import type { ModelFiles } from '../../training/run/model-files.ts';
import {
  type Batch,
  createTrainable,
  freshState,
  type Method,
  type Tensors,
  type Trainable,
} from '../../training/trainable.ts';
import { balanced, KTO, klEstimate, ktoLoss } from './kto.ts';

export interface KtoText {
  readonly document: TokenDocument;
  /** The same opening, followed by another text's words: what z₀ is estimated by. */
  readonly mismatched: TokenDocument;
  readonly approved: boolean;
}

export interface ChallengerJob {
  readonly config: Gpt2Config;
  readonly method: Method;
  /** The reference: what the policy begins as. */
  readonly initial: () => Tensors;
  readonly files: ModelFiles;
  readonly texts: readonly KtoText[];
  readonly length: number;
  readonly recompute: boolean;
  readonly epochs: number;
  readonly seed: number;
  readonly folder: string;
}

export interface ChallengerStep {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  /** z₀, in nats. */
  readonly kl: number;
}

/** Texts a step, and mismatched ones: z₀ is estimated anew in each. */
const A_STEP = 8;
const CHECKPOINT_STEPS = 20;

/** Trains, or goes on from its last checkpoint, until the epochs are over. */
export async function* trainChallenger(job: ChallengerJob): AsyncGenerator<ChallengerStep> {
  const { config, method, files, folder, length, recompute, seed } = job;
  if (existsSync(bestModel(folder))) return; // finished, and not yet measured
  const order = shuffled(job.texts, randomFrom(seed));
  const groups = Array.from({ length: Math.ceil(order.length / A_STEP) }, (_, index) =>
    order.slice(index * A_STEP, (index + 1) * A_STEP),
  );
  const approved = order.filter((text) => text.approved).length;
  const settings = { beta: KTO.beta, ...balanced(approved, order.length - approved) };
  const steps = groups.length * job.epochs;
  const shape = { batch: 1, length };
  const options = { shape, recompute, adamW: ADAMW };

  const reference = await createTrainable(config, method, freshState(job.initial()), options);
  const known: { readonly own: number[]; readonly other: number[] }[] = [];
  try {
    for (const group of groups) known.push(await likelihoods(reference, group, shape));
  } finally {
    await reference.release();
  }

  const beginning: Progress = { step: 0, stage: 0, stageBegan: 0, tokens: 0, seconds: 0, lines: 0 };
  const { state, progress } = loadCheckpoint(folder, files) ?? {
    state: freshState(job.initial()),
    progress: beginning,
  };
  const policy = await createTrainable(config, method, state, options);
  try {
    for (let step = progress.step + 1; step <= steps; step++) {
      const index = (step - 1) % groups.length;
      const [group, before] = [groups[index]!, known[index]!];
      const now = await likelihoods(policy, group, shape);
      const kl = klEstimate(now.other.map((one, place) => one - before.other[place]!));
      const { loss, slopes } = ktoLoss(
        group.map((text, place) => ({ ratio: now.own[place]! - before.own[place]!, approved: text.approved })),
        kl,
        settings,
      );
      // The graph sums weight · −ln π, so its weight is the slope turned round.
      for (const [place, text] of group.entries()) {
        await policy.accumulate(weighted(rowOf(text.document, shape), -slopes[place]!));
      }
      const schedule = { steps, warmupSteps: Math.ceil(0.1 * steps), peak: KTO.learningRate, floor: ADAMW.finalShare };
      await policy.update({
        step,
        learningRate: warmupThenCosine(schedule, step),
        clipNorm: ADAMW.clipNorm,
        weight: 1,
      });
      if (step % CHECKPOINT_STEPS === 0) {
        saveCheckpoint(folder, files, { state: policy.state, progress: { ...beginning, step } });
      }
      yield { step, steps, loss, kl };
    }
    saveBest(folder, files, policy.state.parameters);
  } finally {
    await policy.release();
  }
}

interface Shape {
  readonly batch: number;
  readonly length: number;
}

/** ln of each text's probability, and of its mismatched one's. */
async function likelihoods(trainable: Trainable, texts: readonly KtoText[], shape: Shape) {
  const [own, other]: [number[], number[]] = [[], []];
  for (const { document, mismatched } of texts) {
    own.push(-(await trainable.evaluate(rowOf(document, shape))));
    other.push(-(await trainable.evaluate(rowOf(mismatched, shape))));
  }
  return { own, other };
}

/** One text a row; of one that is longer than a row, the first piece. */
function rowOf(document: TokenDocument, shape: Shape): Batch {
  return batchOf([piecesOf(document, shape.length).slice(0, 1)], shape);
}

export function weighted(batch: Batch, weight: number): Batch {
  return { ...batch, weights: batch.weights.map((one) => one * weight) };
}
