/** All that is said of a corpus, in the order in which it is said: the terminal and the page only draw it. */
import type { CorpusDescription, Share } from './describe-corpus.ts';
import { NEAR_DUPLICATE_RULE } from './near-duplicates.ts';
import type { Bar } from './time-histogram.ts';
import type { Finding } from './verdict.ts';

export interface CorpusTold {
  readonly figures: readonly Figure[];
  /** How it is divided, whose it is, and of which archives it was made. */
  readonly facts: readonly string[];
  /** None of them is empty. */
  readonly sections: readonly CorpusSection[];
  readonly findings: readonly Finding[];
}

export interface Figure {
  readonly value: string;
  readonly of: string;
}

export interface CorpusSection {
  readonly title: string;
  readonly bars: readonly Bar[];
  readonly quotes: readonly Quote[];
  /** How what is shown was told apart; '' where that needs no word. */
  readonly rule: string;
}

export interface Quote {
  readonly text: string;
  readonly origin: string;
}

export function corpusTold(about: CorpusDescription): CorpusTold {
  const { tokens, time, parts, report, verdict } = about;
  return {
    figures: [
      { value: number(about.documents), of: 'documents' },
      { value: number(about.words), of: 'words' },
      ...(tokens === null ? [] : [{ value: number(tokens), of: 'tokens' }]),
    ],
    facts: [
      `${number(parts.train)} to train on, ${number(parts.validation)} for validation, ${number(parts.test)} for the test`,
      ...(report ? originOf(report) : []),
      ...(time.from === null ? ['None of them has a time'] : []),
    ],
    sections: sectionsOf(about).filter(({ bars, quotes }) => bars.length > 0 || quotes.length > 0),
    findings: [verdict.enough, verdict.uniform],
  };
}

/** Each chat may be one. `archive list` has them all. */
const MOST_ARCHIVES = 20;

function originOf({ owner, licence, archives }: NonNullable<CorpusDescription['report']>): string[] {
  const files = archives.slice(0, MOST_ARCHIVES).map(({ name, texts }) => `${name} (${number(texts)})`);
  const more = archives.length > MOST_ARCHIVES ? ` and ${number(archives.length - MOST_ARCHIVES)} more` : '';
  return [
    `Owner: ${owner.join(', ') || 'unknown'}. Licence: ${licence ?? 'none given'}`,
    `From: ${files.join(', ')}${more}`,
  ];
}

function sectionsOf({ time, lengths, report, ...about }: CorpusDescription): CorpusSection[] {
  const span = `${time.from?.slice(0, 10)} to ${time.to?.slice(0, 10)}`;
  const undated = time.undated > 0 ? `, ${number(time.undated)} without a time` : '';
  const words = [
    `median ${number(lengths.median)}`,
    `a tenth up to ${number(lengths.shortTenth)}`,
    `a tenth from ${number(lengths.longTenth)}`,
    `longest ${number(lengths.longest)}`,
  ].join(', ');
  return [
    chart(`Written: ${span}${undated}`, time.bars),
    chart('Languages', asBars(about.languages)),
    chart('Sources', asBars(about.sources)),
    chart(`Words: ${words}`, lengths.bars),
    chart('Most frequent openings', asBars(about.openings)),
    {
      ...quotes(
        'Near duplicates, of which one is kept',
        about.nearDuplicates.map(({ text, documents }) => ({ text, origin: `${number(documents)} alike` })),
      ),
      rule: NEAR_DUPLICATE_RULE,
    },
    chart('Left out when archives were read, by rule', countBars(leftOutOf(report))),
    chart(`Left out of ${number(report?.read ?? 0)} texts, by rule`, countBars(report?.dropped)),
    chart('Changed, by rule', countBars(report?.changed)),
    quotes(
      `${about.examples.length} at random`,
      about.examples.map(({ text, id, time: when }) => ({ text, origin: [id, when?.slice(0, 10)].join(' ').trim() })),
    ),
  ];
}

/** Of all archives together, the most first. */
function leftOutOf(report: CorpusDescription['report']): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { leftOut = {} } of report?.archives ?? []) {
    for (const [rule, count] of Object.entries(leftOut)) counts[rule] = (counts[rule] ?? 0) + count;
  }
  return Object.fromEntries(Object.entries(counts).sort((a, b) => b[1] - a[1]));
}

function chart(title: string, bars: readonly Bar[]): CorpusSection {
  return { title, bars, quotes: [], rule: '' };
}

function quotes(title: string, shown: readonly Quote[]): CorpusSection {
  return { title, bars: [], quotes: shown, rule: '' };
}

function asBars(shares: readonly Share[]): Bar[] {
  return shares.map(({ name, documents }) => ({ label: name, documents }));
}

function countBars(counts: Readonly<Record<string, number>> = {}): Bar[] {
  return Object.entries(counts).map(([label, documents]) => ({ label, documents }));
}

function number(value: number): string {
  return value.toLocaleString('en');
}
