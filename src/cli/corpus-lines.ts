/** What is said of a corpus, as lines for a terminal. */
import { styleText } from 'node:util';
import stringWidth from 'string-width';
import { type CorpusSection, corpusTold } from '../corpus/corpus-told.ts';
import type { CorpusDescription } from '../corpus/describe-corpus.ts';
import type { Bar } from '../corpus/time-histogram.ts';
import type { Finding } from '../corpus/verdict.ts';
import { printable, shortened, wrapped } from '../review/printable.ts';

const BAR_COLUMNS = 30;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
/** Of a chart that is longer than the longest, this many rows are shown: forty years in their order are not. */
const MOST_ROWS = 12;
const LONGEST_CHART = 40;

export function corpusLines(about: CorpusDescription, width: number): string[] {
  const { figures, facts, sections, findings } = corpusTold(about);
  return [
    figures.map(({ value, of }) => `${value} ${of}`).join(', '),
    ...facts.flatMap((fact) => wrapped(printable(fact, { oneLine: true }), width)),
    ...sections.flatMap((section) => sectionLines(section, width)),
    '',
    ...findings.flatMap((finding) => findingLines(finding, width)),
  ];
}

function sectionLines({ title, bars, quotes, rule }: CorpusSection, width: number): string[] {
  return [
    '',
    styleText('bold', title),
    ...chart(bars),
    ...quotes.flatMap(({ text, origin }) => [
      `  ${shortened(printable(text, { oneLine: true }), width - 4)}`,
      styleText('dim', `    ${printable(origin, { oneLine: true })}`),
    ]),
    ...(rule === '' ? [] : ruleLines(rule, width)),
  ];
}

function chart(bars: readonly Bar[]): string[] {
  const shown = bars.length > LONGEST_CHART ? bars.slice(0, MOST_ROWS) : bars;
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

function findingLines({ isGood, says, rule }: Finding, width: number): string[] {
  const mark = isGood ? styleText('green', '✓') : styleText('yellow', '✗');
  return [...wrapped(`${mark} ${says}`, width), ...ruleLines(rule, width)];
}

function ruleLines(rule: string, width: number): string[] {
  return wrapped(`Rule: ${rule}.`, width - 2).map((line) => styleText('dim', `  ${line}`));
}

function number(value: number): string {
  return value.toLocaleString('en');
}
