/** A corpus in numbers and examples: all that `corpus show` says of it. */
import { type Random, shuffled } from '../random.ts';
import type { CorpusReport } from './corpus-report.ts';
import type { Document, Part } from './document.ts';
import { nearDuplicates } from './near-duplicates.ts';
import { languageOf } from './rules/language.ts';
import { splitCorpus } from './split-corpus.ts';
import { type Bar, timeHistogram } from './time-histogram.ts';
import { type Verdict, verdict } from './verdict.ts';
import { wordCount } from './words.ts';

export interface Share {
  readonly name: string;
  readonly documents: number;
}

export interface Cluster {
  /** The id of the one that is kept. */
  readonly like: string;
  readonly text: string;
  /** With that one. */
  readonly documents: number;
}

/** The stable shape of `corpus show --json`. */
export interface CorpusDescription {
  readonly documents: number;
  readonly words: number;
  readonly characters: number;
  /** Of the persona's model; null where it has none. */
  readonly tokens: number | null;
  readonly time: {
    readonly from: string | null;
    readonly to: string | null;
    readonly undated: number;
    readonly bars: readonly Bar[];
  };
  readonly languages: readonly Share[];
  readonly sources: readonly Share[];
  /** In words. */
  readonly lengths: {
    readonly median: number;
    readonly shortTenth: number;
    readonly longTenth: number;
    readonly longest: number;
    readonly bars: readonly Bar[];
  };
  readonly openings: readonly Share[];
  readonly nearDuplicates: readonly Cluster[];
  readonly parts: Readonly<Record<Part, number>>;
  /** Null where the corpus was not made by `corpus build`. */
  readonly report: CorpusReport | null;
  readonly examples: readonly Document[];
  readonly verdict: Verdict;
}

export interface DescribeOptions {
  readonly random: Random;
  readonly report?: CorpusReport | undefined;
  /** What was left out as a repeat. */
  readonly repeats?: Iterable<{ readonly like: string }>;
  readonly countTokens?: ((text: string) => number) | undefined;
}

const EXAMPLES = 10;
const MOST_OPENINGS = 10;
const MOST_CLUSTERS = 5;
const OPENING_WORDS = 3;
const UNKNOWN = 'unknown';

export function describeCorpus(documents: readonly Document[], options: DescribeOptions): CorpusDescription {
  const { random, report, countTokens } = options;
  const lengths = documents.map(({ text }) => wordCount(text));
  const sorted = Float64Array.from(lengths).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const times = documents.flatMap(({ time }) => time ?? []).sort();
  const languages = shares(
    documents.map(({ language, text }) => language ?? (report ? UNKNOWN : (languageOf(text) ?? UNKNOWN))),
  );
  const words = lengths.reduce((sum, length) => sum + length, 0);
  const tenths = { shortTenth: at(0.1), longTenth: at(0.9) };
  const parts = splitCorpus(documents);
  return {
    documents: documents.length,
    words,
    characters: documents.reduce((sum, { text }) => sum + text.length, 0),
    tokens: countTokens ? documents.reduce((sum, { text }) => sum + countTokens(text), 0) : null,
    time: {
      from: times[0] ?? null,
      to: times.at(-1) ?? null,
      undated: documents.length - times.length,
      bars: timeHistogram(times),
    },
    languages,
    sources: shares(documents.map(({ source }) => source)),
    lengths: { median: at(0.5), ...tenths, longest: sorted.at(-1) ?? 0, bars: lengthBars(lengths) },
    openings: shares(documents.map(({ text }) => openingOf(text)))
      .filter(({ name, documents: count }) => name !== '' && count > 1)
      .slice(0, MOST_OPENINGS),
    nearDuplicates: clusters(documents, options.repeats ?? repeatsIn(documents)),
    parts: { train: parts.train.length, validation: parts.validation.length, test: parts.test.length },
    report: report ?? null,
    examples: shuffled(documents, random).slice(0, EXAMPLES),
    verdict: verdict({
      documents: documents.length,
      words,
      languages: languages.filter(({ name }) => name !== UNKNOWN),
      lengths: tenths,
    }),
  };
}

/** The commonest first. */
function shares(names: readonly string[]): Share[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .map(([name, documents]) => ({ name, documents }))
    .sort((a, b) => b.documents - a.documents || (a.name < b.name ? -1 : 1));
}

function openingOf(text: string): string {
  return (
    text
      .slice(0, 200)
      .toLowerCase()
      .match(/[\p{L}\p{M}'’-]+/gu) ?? []
  )
    .slice(0, OPENING_WORDS)
    .join(' ');
}

/** Each bar holds lengths up to twice those of the one before. */
function lengthBars(lengths: readonly number[]): Bar[] {
  const counts: number[] = [];
  for (const length of lengths) {
    const bar = Math.floor(Math.log2(Math.max(1, length)));
    counts[bar] = (counts[bar] ?? 0) + 1;
  }
  return Array.from(counts, (documents = 0, bar) => ({
    label: bar === 0 ? '1' : `${2 ** bar}–${2 ** (bar + 1) - 1}`,
    documents,
  }));
}

/** Of a corpus that nobody has cleaned of them. */
function* repeatsIn(documents: readonly Document[]): Generator<{ readonly like: string }> {
  for (const original of nearDuplicates(documents.map(({ text }) => text))) {
    if (original !== -1) yield { like: documents[original]!.id };
  }
}

function clusters(documents: readonly Document[], repeats: Iterable<{ readonly like: string }>): Cluster[] {
  const counts = new Map<string, number>();
  for (const { like } of repeats) counts.set(like, (counts.get(like) ?? 1) + 1);
  const largest = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, MOST_CLUSTERS);
  return largest.map(([like, count]) => ({
    like,
    text: documents.find(({ id }) => id === like)?.text ?? '',
    documents: count,
  }));
}
