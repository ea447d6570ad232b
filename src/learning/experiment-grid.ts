/** What to write with, compared: training sets by temperature by top-p. Pure: cells and verdicts in, a table out. */
import type { Sampling } from '../generation/sample-token.ts';
import { randomFrom, shuffled } from '../random.ts';
import { type Rate, wilson } from './intervals.ts';

export interface Cell {
  /** A folder under models/, or the path of a run. */
  readonly model: string;
  readonly temperature: number;
  readonly topP: number;
}

export interface GridText {
  /** 0, 1, …, in the order in which they are shown. */
  readonly id: number;
  readonly cell: number;
  readonly prompt: string;
  readonly text: string;
}

export interface Verdict {
  readonly id: number;
  readonly approved: boolean;
}

export function cellsOf(models: readonly string[], temperatures: readonly number[], topPs: readonly number[]): Cell[] {
  return models.flatMap((model) =>
    temperatures.flatMap((temperature) => topPs.map((topP) => ({ model, temperature, topP }))),
  );
}

export function samplingIn(sampling: Sampling, { temperature, topP }: Cell): Sampling {
  return { ...sampling, temperature, topP };
}

/** All cells' texts in one order that tells nothing of them; the same seed, the same order. */
export function blindOrder(
  texts: readonly (readonly { readonly prompt: string; readonly text: string }[])[],
  seed: number,
): readonly GridText[] {
  const all = texts.flatMap((ofCell, cell) => ofCell.map(({ prompt, text }) => ({ cell, prompt, text })));
  return shuffled(all, randomFrom(seed)).map((one, id) => ({ id, ...one }));
}

export interface GridRow extends Cell {
  readonly acceptance: Rate;
  /** Cells, by their place, that this one is really better than. */
  readonly betterThan: readonly number[];
}

export interface Comparison {
  readonly better: number;
  readonly worse: number;
  /** Two-sided, by Fisher's exact test, times as many as Holm's method asks for. */
  readonly p: number;
}

/** The chance of calling any difference real where there is none, over all pairs of cells together. */
const FAMILY = 0.05;

export function gridTable(cells: readonly Cell[], texts: readonly GridText[], verdicts: readonly Verdict[]) {
  const cellOf = new Map(texts.map(({ id, cell }) => [id, cell]));
  const counts = cells.map(() => ({ approved: 0, judged: 0 }));
  for (const { id, approved } of newest(verdicts)) {
    const count = counts[cellOf.get(id) ?? -1];
    if (!count) continue;
    count.judged++;
    if (approved) count.approved++;
  }
  const differences = realDifferences(counts);
  const rows = cells.map((cell, index): GridRow => {
    const { approved, judged } = counts[index]!;
    return {
      ...cell,
      acceptance: wilson(approved, judged),
      betterThan: differences.filter(({ better }) => better === index).map(({ worse }) => worse),
    };
  });
  const judged = counts.reduce((sum, count) => sum + count.judged, 0);
  return { rows, differences, judged, of: texts.length };
}

/** The cell with the highest acceptance; of equals, the first. */
export function bestCell(rows: readonly GridRow[]): number {
  return rows.reduce((best, { acceptance }, index) => {
    return (acceptance.value ?? -1) > (rows[best]!.acceptance.value ?? -1) ? index : best;
  }, 0);
}

/** The last word on each text holds. */
function newest(verdicts: readonly Verdict[]): readonly Verdict[] {
  return [...new Map(verdicts.map((verdict) => [verdict.id, verdict])).values()];
}

interface Count {
  readonly approved: number;
  readonly judged: number;
}

/**
 * Every pair of cells is tested, so the smallest of m p-values is held against 5 % / m, the next against 5 % / (m - 1), and so on to
 * the first that fails (Holm 1979): of twenty pairs that do not differ, one would else look real.
 */
export function realDifferences(counts: readonly Count[]): readonly Comparison[] {
  const pairs = counts.flatMap((a, i) =>
    counts.slice(i + 1).map((b, offset) => {
      const j = i + 1 + offset;
      const [better, worse] = a.approved * b.judged >= b.approved * a.judged ? [i, j] : [j, i];
      return { better, worse, p: fisher(a, b) };
    }),
  );
  const real: Comparison[] = [];
  let largest = 0;
  for (const [rank, pair] of pairs.toSorted((a, b) => a.p - b.p).entries()) {
    largest = Math.max(largest, Math.min(1, pair.p * (pairs.length - rank)));
    if (largest > FAMILY) break;
    real.push({ ...pair, p: largest });
  }
  return real;
}

/** Fisher's exact test, two-sided: of all tables with the same sums, those that are no likelier than this one. */
export function fisher(a: Count, b: Count): number {
  const approved = a.approved + b.approved;
  const all = a.judged + b.judged;
  const chance = (k: number) => lnChoose(a.judged, k) + lnChoose(b.judged, approved - k) - lnChoose(all, approved);
  const observed = chance(a.approved);
  let p = 0;
  for (let k = Math.max(0, approved - b.judged); k <= Math.min(a.judged, approved); k++) {
    const one = chance(k);
    if (one <= observed + 1e-9) p += Math.exp(one);
  }
  return Math.min(1, p);
}

const lnFactorials = [0];

function lnFactorial(n: number): number {
  for (let k = lnFactorials.length; k <= n; k++) lnFactorials.push(lnFactorials[k - 1]! + Math.log(k));
  return lnFactorials[n]!;
}

function lnChoose(n: number, k: number): number {
  return lnFactorial(n) - lnFactorial(k) - lnFactorial(n - k);
}
