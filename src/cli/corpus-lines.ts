/** What is said of a corpus, as lines for a terminal. */
import { styleText } from 'node:util';
import stringWidth from 'string-width';
import type { CorpusDescription, Share } from '../corpus/describe-corpus.ts';
import { NEAR_DUPLICATE_RULE } from '../corpus/near-duplicates.ts';
import type { Bar } from '../corpus/time-histogram.ts';
import type { Finding } from '../corpus/verdict.ts';
import { printable, shortened, wrapped } from '../review/printable.ts';

const BAR_COLUMNS = 30;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const MOST_ROWS = 12;

export function corpusLines(about: CorpusDescription, width: number): string[] {
  const { time, lengths, report, parts, verdict } = about;
  const tokens = about.tokens === null ? '' : `, ${number(about.tokens)} tokens`;
  const span = time.from === null ? 'none has a time' : `${time.from.slice(0, 10)} to ${time.to?.slice(0, 10)}`;
  const undated = time.undated > 0 && time.from !== null ? `, ${number(time.undated)} without a time` : '';
  return [
    `${number(about.documents)} documents, ${number(about.words)} words${tokens}`,
    `${number(parts.train)} to train on, ${number(parts.validation)} for validation, ${number(parts.test)} for the test`,
    ...(report ? originLines(report, width) : []),
    ...section(`Written: ${span}${undated}`, chart(time.bars)),
    ...section('Languages', chart(asBars(about.languages))),
    ...section('Sources', chart(asBars(about.sources))),
    ...section(
      `Words: median ${number(lengths.median)}, a tenth up to ${number(lengths.shortTenth)}, a tenth from ${number(lengths.longTenth)}, longest ${number(lengths.longest)}`,
      chart(lengths.bars),
    ),
    ...section('Most frequent openings', chart(asBars(about.openings))),
    ...section('Near duplicates, of which one is kept', nearDuplicateLines(about, width)),
    ...(report ? section(`Left out of ${number(report.read)} texts, by rule`, chart(countBars(report.dropped))) : []),
    ...(report ? section('Changed, by rule', chart(countBars(report.changed))) : []),
    ...section(
      `${about.examples.length} at random`,
      about.examples.flatMap(({ id, text }) => [
        `  ${quote(text, width - 4)}`,
        styleText('dim', `    ${printable(id, { oneLine: true })}`),
      ]),
    ),
    '',
    ...findingLines(verdict.enough, width),
    ...findingLines(verdict.uniform, width),
  ];
}

function nearDuplicateLines({ nearDuplicates }: CorpusDescription, width: number): string[] {
  if (nearDuplicates.length === 0) return [];
  return [
    ...nearDuplicates.map(({ documents, text }) => `  ${number(documents)} × ${quote(text, width - 12)}`),
    ...wrapped(`Rule: ${NEAR_DUPLICATE_RULE}.`, width - 2).map((line) => styleText('dim', `  ${line}`)),
  ];
}

function originLines({ owner, licence, archives }: NonNullable<CorpusDescription['report']>, width: number): string[] {
  const files = archives.map(({ name, texts }) => `${printable(name, { oneLine: true })} (${number(texts)})`);
  const whose = `Owner: ${printable(owner.join(', '), { oneLine: true })}${licence === null ? '' : `. Licence: ${licence}`}`;
  return [whose, `From: ${files.join(', ')}`].flatMap((line) => wrapped(line, width));
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', styleText('bold', title), ...lines];
}

function chart(bars: readonly Bar[]): string[] {
  const shown = bars.length > 2 * MOST_ROWS ? bars.slice(0, MOST_ROWS) : bars;
  const most = Math.max(1, ...shown.map(({ documents }) => documents));
  const labels = shown.map(({ label }) => shortened(printable(label, { oneLine: true }), 30));
  const labelWidth = Math.max(0, ...labels.map((label) => stringWidth(label)));
  const rows = shown.map(({ documents }, row) => {
    const label = labels[row] ?? '';
    const eighths = Math.round((8 * BAR_COLUMNS * documents) / most);
    const bar = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
    return `  ${label}${' '.repeat(labelWidth - stringWidth(label))}  ${bar} ${number(documents)}`;
  });
  return shown.length < bars.length ? [...rows, `  and ${number(bars.length - shown.length)} more`] : rows;
}

function asBars(shares: readonly Share[]): Bar[] {
  return shares.map(({ name, documents }) => ({ label: name, documents }));
}

function countBars(counts: Readonly<Record<string, number>>): Bar[] {
  return Object.entries(counts).map(([label, documents]) => ({ label, documents }));
}

function findingLines({ isGood, says, rule }: Finding, width: number): string[] {
  const mark = isGood ? styleText('green', '✓') : styleText('yellow', '✗');
  return [`${mark} ${says}`, ...wrapped(`Rule: ${rule}.`, width - 2).map((line) => styleText('dim', `  ${line}`))];
}

function quote(text: string, width: number): string {
  return shortened(printable(text, { oneLine: true }), width);
}

function number(value: number): string {
  return value.toLocaleString('en');
}
