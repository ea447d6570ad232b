/** Tells replies apart by their words and length alone: multinomial naive Bayes. It taught nobody. */
import { wordsOf } from '../../src/corpus/words.ts';

export interface Labelled {
  readonly label: string;
  readonly text: string;
}

/** Words, and how long it is: a mark for each half doubling, as heavy as a few words. */
function marksOf(text: string): string[] {
  const words = wordsOf(text).map((word) => word.toLowerCase());
  const size = `length ${Math.round(2 * Math.log2(1 + text.length))}`;
  return [...words, size, size, size];
}

export function learnJudge(texts: readonly Labelled[]): (text: string) => string {
  const labels = [...new Set(texts.map(({ label }) => label))];
  const counts = new Map(labels.map((label) => [label, new Map<string, number>()]));
  const vocabulary = new Set<string>();
  for (const { label, text } of texts) {
    const of = counts.get(label)!;
    for (const mark of marksOf(text)) {
      of.set(mark, (of.get(mark) ?? 0) + 1);
      vocabulary.add(mark);
    }
  }
  const totals = new Map(
    labels.map((label) => [
      label,
      counts
        .get(label)!
        .values()
        .reduce((sum, n) => sum + n, 0),
    ]),
  );
  return (text) => {
    const marks = marksOf(text).filter((mark) => vocabulary.has(mark));
    const score = (label: string) =>
      marks.reduce(
        (sum, mark) =>
          sum + Math.log(((counts.get(label)!.get(mark) ?? 0) + 0.5) / (totals.get(label)! + 0.5 * vocabulary.size)),
        0,
      );
    return labels.reduce((best, label) => (score(label) > score(best) ? label : best));
  };
}
