/** What a selector looks at, as numbers in a row: features by name, the prior, and the hidden state's directions. */
import type { Measured } from './example.ts';
import { type HiddenBasis, reduced } from './hidden-basis.ts';
import { logitOf } from './logistic-regression.ts';

/** The prior's log-odds, as a column. */
const PRIOR = 'prior';
export const HIDDEN = 'hidden';
/** What the words say: no number of the text alone, for it changes with every decision on another one. */
export const WORDS = 'words';

/** Which number stands where; rows of one layout can be compared. */
export interface Layout {
  readonly names: readonly string[];
  readonly features: readonly string[];
  readonly basis: HiddenBasis | null;
}

export function layoutOf(features: readonly string[], basis: HiddenBasis | null): Layout {
  const hidden = Array.from({ length: basis?.components.length ?? 0 }, (_, index) => `${HIDDEN} ${index + 1}`);
  return { names: [...features, PRIOR, ...hidden], features, basis };
}

const rows = new WeakMap<Measured, { readonly layout: Layout; readonly row: Float64Array }>();

/**
 * One layout for all texts, and a row for each: NaN where something is missing. A row is made once and kept as long as its
 * text is: after the next decision thousands of them are the same.
 */
export function rowsOf(
  texts: readonly Measured[],
  basis: HiddenBasis | null,
): { readonly layout: Layout; readonly rows: readonly Float64Array[] } {
  const known = texts.find((text) => rows.get(text)?.layout.basis === basis);
  let layout = known ? rows.get(known)!.layout : layoutOf([], basis);
  const features = new Set(layout.features);
  for (const text of texts) {
    if (rows.get(text)?.layout === layout) continue;
    for (const name of Object.keys(text.features)) features.add(name);
  }
  if (features.size > layout.features.length) layout = layoutOf([...features].sort(), basis);
  return { layout, rows: texts.map((text) => keptRow(text, layout)) };
}

function keptRow(text: Measured, layout: Layout): Float64Array {
  const known = rows.get(text);
  if (known?.layout === layout) return known.row;
  const row = rowOf(text, layout);
  rows.set(text, { layout, row });
  return row;
}

export function rowOf(measured: Measured, { features, basis }: Layout): Float64Array {
  const row = new Float64Array(features.length + 1 + (basis?.components.length ?? 0)).fill(Number.NaN);
  for (const [index, name] of features.entries()) row[index] = measured.features[name] ?? Number.NaN;
  row[features.length] = logitOf(measured.prior);
  if (basis && measured.hidden && measured.model === basis.model)
    row.set(reduced(basis, measured.hidden), features.length + 1);
  return row;
}
