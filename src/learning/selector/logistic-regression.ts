/**
 * Logistic regression by Newton's method (iteratively reweighted least squares), with a ridge. Knows nothing of texts.
 * Our own, as the kept libraries do not fit: ml-logistic-regression takes fixed steps of plain descent, without weights, a
 * ridge or a start, and needs seconds where the five Newton steps below need milliseconds. Its linear algebra is ml-matrix's.
 */
import { CholeskyDecomposition, Matrix } from 'ml-matrix';

export interface Regression {
  /** [n, d], row after row; a constant is added to each row here. */
  readonly rows: Float64Array;
  readonly d: number;
  /** [n], 0 or 1. */
  readonly labels: Uint8Array;
  /** [n], how much each row counts. */
  readonly weights: Float64Array;
  /** Half of this times the sum of squares is added to the loss; the constant is free. Above 0, so that the minimum is one point. */
  readonly ridge: number;
  /** [d + 1], from where to begin: near the minimum, one step is enough. */
  readonly start?: Float64Array | undefined;
}

const MOST_STEPS = 25;
const NEAR = 1e-6;

/** [d + 1]: the constant, then a weight for each column, in nats of log-odds. */
export function fitLogistic({ rows, d, labels, weights, ridge, start }: Regression): Float64Array {
  const n = labels.length;
  const k = d + 1;
  let beta = start?.length === k ? Float64Array.from(start) : new Float64Array(k);
  let loss = lossAt(beta);

  for (let count = 0; count < MOST_STEPS; count++) {
    const { gradient, hessian } = slopeAt(beta);
    const step = new CholeskyDecomposition(hessian).solve(Matrix.columnVector(gradient)).getColumn(0);
    let size = 1;
    let next = moved(beta, step, size);
    let nextLoss = lossAt(next);
    while (!(nextLoss <= loss) && size > 1e-4) {
      size /= 2;
      next = moved(beta, step, size);
      nextLoss = lossAt(next);
    }
    const gain = loss - nextLoss;
    if (gain > 0) [beta, loss] = [next, nextLoss];
    if (!(gain > NEAR * Math.max(1, Math.abs(loss)))) break;
  }
  return beta;

  function lossAt(at: Float64Array): number {
    let total = 0;
    for (let row = 0; row < n; row++) {
      const logit = logitOf(at, row);
      // ln(1 + e^x), without overflow
      const softplus = logit > 0 ? logit + Math.log1p(Math.exp(-logit)) : Math.log1p(Math.exp(logit));
      total += weights[row]! * (softplus - labels[row]! * logit);
    }
    for (let column = 1; column < k; column++) total += (ridge / 2) * at[column]! ** 2;
    return total;
  }

  function slopeAt(at: Float64Array): { gradient: Float64Array; hessian: Matrix } {
    const gradient = new Float64Array(k);
    const upper = new Float64Array(k * k);
    for (let row = 0; row < n; row++) {
      const p = logistic(logitOf(at, row));
      const pull = weights[row]! * (labels[row]! - p);
      const curve = weights[row]! * p * (1 - p);
      const from = row * d;
      gradient[0]! += pull;
      upper[0]! += curve;
      for (let i = 0; i < d; i++) {
        const x = rows[from + i]!;
        gradient[i + 1]! += pull * x;
        upper[i + 1]! += curve * x;
        const scaled = curve * x;
        const line = (i + 1) * k + 1;
        for (let j = i; j < d; j++) upper[line + j]! += scaled * rows[from + j]!;
      }
    }
    const hessian = new Matrix(k, k);
    for (let i = 0; i < k; i++) {
      for (let j = i; j < k; j++) {
        const value = upper[i * k + j]! + (i === j ? (i === 0 ? 1e-9 : ridge) : 0);
        hessian.set(i, j, value);
        hessian.set(j, i, value);
      }
      if (i > 0) gradient[i]! -= ridge * at[i]!;
    }
    return { gradient, hessian };
  }

  function logitOf(at: Float64Array, row: number): number {
    let logit = at[0]!;
    const from = row * d;
    for (let i = 0; i < d; i++) logit += at[i + 1]! * rows[from + i]!;
    return logit;
  }
}

export function logistic(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** The log-odds of a probability, kept finite. */
export function logitOf(probability: number): number {
  const p = Math.min(1 - 1e-9, Math.max(1e-9, probability));
  return Math.log(p / (1 - p));
}

function moved(from: Float64Array, step: readonly number[], size: number): Float64Array<ArrayBuffer> {
  return Float64Array.from(from, (value, index) => value + size * step[index]!);
}
