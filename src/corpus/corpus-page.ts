/** A corpus as one page of HTML. */
import { type CorpusSection, corpusTold } from './corpus-told.ts';
import type { CorpusDescription } from './describe-corpus.ts';
import { escaped, factRow, figure, finding, htmlPage, number, quote, section } from './html-page.ts';
import type { Bar } from './time-histogram.ts';

export function corpusPage(name: string, about: CorpusDescription): string {
  const { figures, facts, sections, findings } = corpusTold(about);
  return htmlPage(`Corpus ${name}`, [
    `<h1>The corpus ${escaped(name)}</h1>`,
    factRow(figures.map(({ value, of }) => [of, value] as const)),
    `<p>${facts.map(escaped).join('<br>')}</p>`,
    ...findings.map(finding),
    ...sections.map(sectionPart),
  ]);
}

function sectionPart({ title, bars, quotes, rule }: CorpusSection): string {
  const shown = [chart(bars), ...quotes.map(({ text, origin }) => quote(text, origin))];
  return section(title, `${shown.join('')}${rule === '' ? '' : `<p class="dim">Rule: ${escaped(rule)}.</p>`}`);
}

const MOST_BARS = 60;
/** In units of the drawing. */
const WIDTH = 760;
const LABEL_WIDTH = 200;
const COUNT_WIDTH = 80;
const ROW = 20;

function chart(all: readonly Bar[]): string {
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
  return figure(
    `<svg viewBox="0 0 ${WIDTH} ${bars.length * ROW}" role="img" aria-label="${escaped(description)}">${rows.join('')}</svg>`,
    bars.length < all.length ? `and ${number(all.length - bars.length)} more` : '',
  );
}
