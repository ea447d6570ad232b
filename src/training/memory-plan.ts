/** How a training's step is cut up so that it fits into memory. What it learns from a step is the same however it is cut. */
import { availableMemory } from 'node:process';
import { UserError } from '../errors.ts';
import type { Gpt2Config } from '../model/gpt2-config.ts';
import { parameterShapes } from '../model/gpt2-graph.ts';
import { adapterShape } from './adapter-parameters.ts';
import type { BatchShape } from './data/batch.ts';
import { rowsAtOnce } from './graphs/head-graph.ts';
import type { Method } from './trainable.ts';

export interface MemoryPlan {
  readonly shape: BatchShape;
  /** Micro-batches a step. */
  readonly accumulate: number;
  readonly recompute: boolean;
  /** Bytes that the process is expected to hold at its peak. */
  readonly expected: number;
}

export type PlannedMethod =
  | Pick<Method, 'kind'>
  | (Omit<Extract<Method, { kind: 'lora' }>, 'base'> & { base?: unknown });

export interface MemoryQuestion {
  readonly config: Gpt2Config;
  readonly method: PlannedMethod;
  /** Tokens a row. */
  readonly length: number;
  readonly tokensAStep: number;
  /** Bytes that it may take; a share of what is free where it is left out. */
  readonly memory?: number | undefined;
}

/** Rows at once from which more of them make nothing faster on a few cores: their buffers leave the cache. */
const MOST_ROWS = 4;
/** The rest is for what else the machine does, and for what the estimate does not know. */
const SHARE_OF_FREE = 0.8;
const FLOAT = 4; // bytes

/**
 * The first that fits of ever smaller micro-batches, then of the same with what a layer makes computed again.
 * @throws UserError where nothing fits.
 */
export function planMemory({ config, method, length, tokensAStep, memory }: MemoryQuestion): MemoryPlan {
  const limit = memory ?? availableMemory() * SHARE_OF_FREE;
  const rows = MOST_ROWS * Math.max(1, Math.round(tokensAStep / (MOST_ROWS * length)));
  const plans = [false, true].flatMap((recompute) =>
    [4, 2, 1].map((batch): MemoryPlan => {
      const shape = { batch, length };
      const cut = { shape, accumulate: rows / batch, recompute };
      return { ...cut, expected: peakMemory(config, method, cut) };
    }),
  );
  const fitting = plans.find(({ expected }) => expected <= limit);
  if (fitting) return fitting;

  const least = Math.min(...plans.map(({ expected }) => expected));
  const what = method.kind === 'full' ? 'full training of this model' : 'an adapter beside this model';
  throw new UserError(
    `Expected ${gigabytes(least)} of memory or more for ${what}, found ${gigabytes(limit)} ${memory ? 'allowed' : 'free'}`,
    {
      hint:
        method.kind === 'full'
          ? 'Train an adapter instead (--method lora), which takes about a third, or begin from a smaller model.'
          : 'Begin from a smaller model.',
    },
  );
}

/**
 * Bytes that a training's process holds at its peak: an upper bound by some tenth, counted from the buffers that there
 * are. What the runtime's arenas hold beyond the largest tensors was fitted to measured peaks (bench/training.ts).
 */
export function peakMemory(
  config: Gpt2Config,
  method: PlannedMethod,
  { shape: { batch, length }, accumulate, recompute }: Omit<MemoryPlan, 'expected'>,
): number {
  const { n_embd: C, n_inner: inner, n_head: H, n_layer, vocab_size: V } = config;
  const own = sum([...parameterShapes(config).values()].map((shape) => shape.reduce((a, b) => a * b, 1)));
  const N = batch * length;
  const scores = batch * H * length * length;
  const logits = rowsAtOnce(N, config) * V;
  const atWork = N * (20 * C + 6 * inner) + 6 * scores; // of one layer, on its way back
  // Node and the runtime, and the optimizer's thread; of one large graph also what its arena rounds up.
  const process = method.kind === 'lora' ? 200e6 : recompute ? 220e6 : 320e6;

  if (method.kind === 'full') {
    // Parameters, gradients and two moments. Where layers are computed again, the head's gradient that is added to that of an
    // earlier micro-batch lies beside it.
    const beside = accumulate > 1 && recompute ? V * C : 0;
    const activations = recompute ? (n_layer + 3) * N * C : n_layer * (N * (8 * C + inner) + scores);
    const held = 4 * own + beside + activations;
    return process + FLOAT * (held + atWork + 3 * logits);
  }
  const lora = 'lora' in method ? adapterShape(config, method.lora) : undefined;
  const moving = lora ? sum([...lora.layers.values()].map(([width, height]) => lora.r * (width + height))) : 0;
  const widths = lora?.dropout ? sum([...lora.layers.values()].map(([width]) => width)) : 0;
  // Where all is one graph, weights lie packed for the way there and packed for the way back, and little is given up early.
  const held = recompute
    ? own + (n_layer + 3) * N * C + atWork + (widths * N) / FLOAT
    : 2 * own + n_layer * (N * (8 * C + inner) + scores) + atWork + widths * N * 2.25;
  return process + FLOAT * (held + 4 * moving + 2 * logits);
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
