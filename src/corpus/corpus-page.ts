/** A corpus as one page of HTML. */
import type { CorpusDescription, Share } from './describe-corpus.ts';
import { escaped, factRow, figure, finding, htmlPage, number, quote, section } from './html-page.ts';
import { NEAR_DUPLICATE_RULE } from './near-duplicates.ts';
import type { Bar } from './time-histogram.ts';

export function corpusPage(name: string, about: CorpusDescription): string {
  const { time, lengths, report, verdict } = about;
  const facts: readonly (readonly [string, string])[] = [
    ['documents', number(about.documents)],
    ['words', number(about.words)],
    ...(about.tokens === null ? [] : [['tokens', number(about.tokens)] as const]),
    ['written', time.from === null ? 'unknown' : `${time.from.slice(0, 10)} to ${time.to?.slice(0, 10)}`],
  ];
  const parts = [
    `<h1>The corpus ${escaped(name)}</h1>`,
    factRow(facts),
    ...[verdict.enough, verdict.uniform].map(finding),
    ...(report === null
      ? []
      : [
          `<p class="dim">Owner: ${escaped(report.owner.join(', ') || 'unknown')}. Licence: ${escaped(report.licence ?? 'none given')}. Made from ${escaped(report.archives.map((archive) => archive.name).join(', '))}.</p>`,
        ]),
    chart('When they were written', time.bars, `${number(time.undated)} without a time`),
    chart(
      'How long they are, in words',
      lengths.bars,
      `median ${number(lengths.median)}, longest ${number(lengths.longest)}`,
    ),
    chart('Languages', asBars(about.languages)),
    chart('Sources', asBars(about.sources)),
    ...(report === null
      ? []
      : [
          chart('Left out, by rule', asBars(sharesOf(report.dropped)), `of ${number(report.read)} texts`),
          chart('Changed, by rule', asBars(sharesOf(report.changed))),
        ]),
    chart('Parts', asBars(sharesOf(about.parts))),
    chart('Most frequent openings', asBars(about.openings)),
    section(
      'Near duplicates',
      about.nearDuplicates.length === 0
        ? ''
        : about.nearDuplicates.map(({ text, documents }) => quote(text, `${number(documents)} alike`)).join('') +
            `<p class="dim">Near duplicates are they when ${escaped(NEAR_DUPLICATE_RULE)}.</p>`,
    ),
    section(
      `${about.examples.length} at random`,
      about.examples.map(({ text, id, time: when }) => quote(text, [id, when?.slice(0, 10)].join(' '))).join(''),
    ),
  ];
  return htmlPage(`Corpus ${name}`, parts);
}

const MOST_BARS = 60;
/** In units of the drawing. */
const WIDTH = 760;
const LABEL_WIDTH = 200;
const COUNT_WIDTH = 80;
const ROW = 20;

function chart(title: string, all: readonly Bar[], caption = ''): string {
  if (all.length === 0) return '';
  const bars = all.slice(0, MOST_BARS);
  const most = Math.max(1, ...bars.map(({ documents }) => documents));
  const rows = bars.map(({ label, documents }, row) => {
    const width = ((WIDTH - LABEL_WIDTH - COUNT_WIDTH) * documents) / most;
    const y = row * ROW;
    return [
      `<text x="${LABEL_WIDTH - 8}" y="${y + 14}" text-anchor="end">${escaped(label.length > 28 ? `${label.slice(0, 27)}…` : label)}</text>`,
      `<rect x="${LABEL_WIDTH}" y="${y + 3}" width="${width.toFixed(1)}" height="${ROW - 6}"/>`,
      `<text x="${(LABEL_WIDTH + width + 6).toFixed(1)}" y="${y + 14}">${number(documents)}</text>`,
    ].join('');
  });
  const description = bars.map(({ label, documents }) => `${label}: ${documents}`).join(', ');
  return section(
    title,
    figure(
      `<svg viewBox="0 0 ${WIDTH} ${bars.length * ROW}" role="img" aria-label="${escaped(description)}">${rows.join('')}</svg>`,
      caption,
    ),
  );
}

function asBars(shares: readonly Share[]): Bar[] {
  return shares.map(({ name, documents }) => ({ label: name, documents }));
}

function sharesOf(counts: Readonly<Record<string, number>>): Share[] {
  return Object.entries(counts).map(([name, documents]) => ({ name, documents }));
}
