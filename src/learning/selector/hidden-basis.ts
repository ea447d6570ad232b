/** The few directions in which hidden states differ most: a few numbers instead of hundreds, for so few decisions. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

export interface HiddenBasis {
  /** Of the model that the hidden states come from: another one's mean something else. */
  readonly model: string;
  /** [n_embd] */
  readonly mean: readonly number[];
  /** [components][n_embd], of length 1, at right angles. */
  readonly components: readonly (readonly number[])[];
  /** How many states it was made of. */
  readonly from: number;
}

const COMPONENTS = 16;
/** A component needs several states, or it is one text's own. */
const STATES_A_COMPONENT = 8;
/** More states hardly turn the first components, and the time grows with the cube. */
const MOST_STATES = 256;

/** Principal components by way of the states' products with each other: [n, n] is smaller than [n_embd, n_embd]. Undefined of too few. */
export function hiddenBasis(states: readonly Float32Array[], model: string): HiddenBasis | undefined {
  const size = states[0]?.length ?? 0;
  const used = evenly(
    states.filter(({ length }) => length === size),
    MOST_STATES,
  );
  const count = Math.min(COMPONENTS, size, Math.floor(used.length / STATES_A_COMPONENT));
  if (count === 0) return undefined;
  const mean = new Float64Array(size);
  for (const state of used) for (let c = 0; c < size; c++) mean[c]! += state[c]! / used.length;
  const centred = new Matrix(used.map((state) => Array.from(state, (value, c) => value - mean[c]!)));
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(centred.mmul(centred.transpose()), {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((value, index) => ({ value, index })).toSorted((a, b) => b.value - a.value);
  const components = order.slice(0, count).flatMap(({ value, index }) => {
    if (value <= 1e-9 * (order[0]?.value ?? 0)) return []; // they differ in fewer directions
    const direction = centred
      .transpose()
      .mmul(Matrix.columnVector(eigenvectorMatrix.getColumn(index)))
      .getColumn(0);
    const length = Math.hypot(...direction);
    return [direction.map((one) => one / length)];
  });
  return components.length === 0 ? undefined : { model, mean: [...mean], components, from: states.length };
}

/** It is made anew when there are twice as many states, until more would change nothing. */
export function isOutgrown(basis: HiddenBasis, states: number): boolean {
  return basis.from < 4 * MOST_STATES && states >= 2 * basis.from;
}

/** [components]; NaN where the state is none of this model's. */
export function reduced({ mean, components }: HiddenBasis, state: Float32Array): Float64Array {
  if (state.length !== mean.length) return new Float64Array(components.length).fill(Number.NaN);
  return Float64Array.from(components, (component) => {
    let sum = 0;
    for (let c = 0; c < mean.length; c++) sum += (state[c]! - mean[c]!) * component[c]!;
    return sum;
  });
}

function evenly<Item>(items: readonly Item[], most: number): readonly Item[] {
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, index) => items[Math.floor((index * items.length) / most)]!);
}
