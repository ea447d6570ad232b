/** A corpus as one page of HTML that needs nothing else: no script, no style sheet, no font, no request. */
import type { CorpusDescription, Share } from './describe-corpus.ts';
import type { Bar } from './time-histogram.ts';

const STYLE = `
  :root { color-scheme: light dark; --ink: #1c2330; --paper: #fdfdfb; --bar: #3d6f8f; --dim: #6b7280; --rule: #d9dce1; }
  @media (prefers-color-scheme: dark) { :root { --ink: #e4e6ea; --paper: #16191f; --bar: #7fb2d0; --dim: #9aa1ac; --rule: #333943; } }
  body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin-top: 2.2rem; border-top: 1px solid var(--rule); padding-top: .8rem; }
  .facts { display: flex; flex-wrap: wrap; gap: 1.5rem; } .facts b { display: block; font-size: 1.5rem; }
  table { border-collapse: collapse; } td, th { text-align: left; padding: .15rem 1.2rem .15rem 0; vertical-align: top; }
  td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; } .dim, figcaption { color: var(--dim); }
  blockquote { margin: .8rem 0; padding-left: .8rem; border-left: 3px solid var(--rule); white-space: pre-wrap; overflow-wrap: anywhere; }
  svg { width: 100%; height: auto; } svg rect { fill: var(--bar); } svg text { fill: var(--ink); font-size: 12px; } figure { margin: 0; }
  .good::before { content: "✓ "; } .bad::before { content: "✗ "; }
`;

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
    `<div class="facts">${facts.map(([label, value]) => `<div><b>${escaped(value)}</b>${label}</div>`).join('')}</div>`,
    ...[verdict.enough, verdict.uniform].map(
      ({ isGood, says, rule }) =>
        `<p class="${isGood ? 'good' : 'bad'}">${escaped(says)}<br><span class="dim">Rule: ${escaped(rule)}.</span></p>`,
    ),
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
      about.nearDuplicates.map(({ text, documents }) => quote(text, `${number(documents)} alike`)).join(''),
    ),
    section(
      `${about.examples.length} at random`,
      about.examples.map(({ text, id, time: when }) => quote(text, [id, when?.slice(0, 10)].join(' '))).join(''),
    ),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Corpus ${escaped(name)}</title>
<style>${STYLE}</style>
</head>
<body>
${parts.filter((part) => part !== '').join('\n')}
</body>
</html>
`;
}

function section(title: string, content: string): string {
  return content === '' ? '' : `<h2>${escaped(title)}</h2>\n${content}`;
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
    `<figure><svg viewBox="0 0 ${WIDTH} ${bars.length * ROW}" role="img" aria-label="${escaped(description)}">${rows.join('')}</svg>${caption === '' ? '' : `<figcaption>${escaped(caption)}</figcaption>`}</figure>`,
  );
}

function asBars(shares: readonly Share[]): Bar[] {
  return shares.map(({ name, documents }) => ({ label: name, documents }));
}

function sharesOf(counts: Readonly<Record<string, number>>): Share[] {
  return Object.entries(counts).map(([name, documents]) => ({ name, documents }));
}

/** In characters: a page of whole books helps nobody. */
const LONGEST_QUOTE = 1200;

function quote(text: string, origin: string): string {
  const shown = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
  return `<blockquote>${escaped(shown)}<div class="dim">${escaped(origin)}</div></blockquote>`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
