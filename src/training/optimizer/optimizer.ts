/** AdamW's step over all that moves, on two threads: this one takes the first half of every tensor, a worker the second. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { type AdamW, type AdamWStep, type Moving, moveByAdamW, sumOfSquares } from './adamw.ts';

export interface Update {
  /** Counts from 1. */
  readonly step: number;
  readonly learningRate: number;
  /** The largest Euclidean norm that the gradient as a whole may have. */
  readonly clipNorm: number;
  /** Σ of the weights accumulated since the last update; the summed gradient is divided by it. */
  readonly weight: number;
}

export interface Optimizer {
  /** Moves every tensor, unless the gradient is none. Returns its norm before clipping. */
  update(update: Update): Promise<number>;
  release(): Promise<void>;
}

/** What a worker is asked: its part of the gradient's squared norm, or to move its part. It answers with a number. */
export type Task = 'norm' | AdamWStep;

/** Below as many parameters a second thread costs more than it takes over. */
const WORTH_A_THREAD = 1_000_000;

/** @param moving tensors that lie on shared memory, as `sharedCopy` makes them. */
export function startOptimizer(moving: readonly Moving[], adamW: AdamW): Optimizer {
  const size = moving.reduce((sum, { parameter }) => sum + parameter.length, 0);
  const other = size < WORTH_A_THREAD ? undefined : startWorker(moving.map((tensors) => part(tensors, 1)));
  const own = other ? moving.map((tensors) => part(tensors, 0)) : moving;

  const both = async (task: Task): Promise<number> => {
    const theirs = other?.ask(task);
    return doTask(own, task) + ((await theirs) ?? 0);
  };
  return {
    async update({ step, learningRate, clipNorm, weight }) {
      const norm = Math.sqrt(await both('norm')) / weight;
      if (!Number.isFinite(norm)) return norm;
      await both({ ...adamW, step, learningRate, gradientScale: Math.min(1, clipNorm / norm) / weight });
      return norm;
    },
    async release() {
      await other?.release();
    },
  };
}

export function doTask(moving: readonly Moving[], task: Task): number {
  if (task === 'norm') return moving.reduce((sum, { gradient }) => sum + sumOfSquares(gradient), 0);
  for (const tensors of moving) moveByAdamW(tensors, task);
  return 0;
}

/** The same values where two threads see them; the array itself where it is there already. */
export function sharedCopy(values: Float32Array): Float32Array {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const shared = sharedZeros(values.length);
  shared.set(values);
  return shared;
}

export function sharedZeros(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}

function part({ parameter, gradient, mean, variance, decays }: Moving, half: 0 | 1): Moving {
  const middle = parameter.length >> 1;
  const cut = (values: Float32Array) => (half ? values.subarray(middle) : values.subarray(0, middle));
  return { parameter: cut(parameter), gradient: cut(gradient), mean: cut(mean), variance: cut(variance), decays };
}

function startWorker(moving: readonly Moving[]) {
  const file = path.join(import.meta.dirname, `optimizer-worker${path.extname(import.meta.filename)}`);
  const worker = new Worker(file, { name: 'optimizer', workerData: moving });
  worker.unref(); // a training that is dropped does not keep the process
  return {
    ask: (task: Task) =>
      new Promise<number>((resolve, reject) => {
        worker.ref();
        const done = () => {
          worker.off('message', answered).off('error', failed);
          worker.unref();
        };
        const answered = (answer: number) => {
          done();
          resolve(answer);
        };
        const failed = (error: Error) => {
          done();
          reject(error);
        };
        worker.once('message', answered).once('error', failed);
        worker.postMessage(task);
      }),
    release: () => worker.terminate(),
  };
}
