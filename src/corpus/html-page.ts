/** Pages of HTML that need nothing else: no script, no style sheet, no font, no request. Knows nothing of what they tell. */
import type { Finding } from './verdict.ts';

const STYLE = `
  :root { color-scheme: light dark; --ink: #1c2330; --paper: #fdfdfb; --bar: #3d6f8f; --dim: #6b7280; --rule: #d9dce1; --second: #b4552d; --third: #5d7d2a; --fourth: #7b5ea7; --bad: #b0413e; }
  @media (prefers-color-scheme: dark) { :root { --ink: #e4e6ea; --paper: #16191f; --bar: #7fb2d0; --dim: #9aa1ac; --rule: #333943; --second: #e39a72; --third: #a9c77a; --fourth: #b9a3dd; --bad: #e88a86; } }
  body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin-top: 2.2rem; border-top: 1px solid var(--rule); padding-top: .8rem; }
  .facts { display: flex; flex-wrap: wrap; gap: 1.5rem; } .facts b { display: block; font-size: 1.5rem; }
  table { border-collapse: collapse; display: block; overflow-x: auto; } td, th { text-align: left; padding: .15rem 1.2rem .15rem 0; vertical-align: top; }
  td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; } .dim, figcaption { color: var(--dim); }
  blockquote { margin: .8rem 0; padding-left: .8rem; border-left: 3px solid var(--rule); white-space: pre-wrap; overflow-wrap: anywhere; }
  svg { width: 100%; height: auto; } svg rect { fill: var(--bar); } svg text { fill: var(--ink); font-size: 12px; } figure { margin: 0; }
  .good::before { content: "✓ "; } .bad::before { content: "✗ "; }
`;

/** @param parts HTML; empty ones are left out. */
export function htmlPage(title: string, parts: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${parts.filter((part) => part !== '').join('\n')}
</body>
</html>
`;
}

/** Nothing where there is no content. */
export function section(title: string, content: string): string {
  return content === '' ? '' : `<h2>${escaped(title)}</h2>\n${content}`;
}

/** Large figures in a row, each above what it is. */
export function factRow(facts: readonly (readonly [label: string, value: string])[]): string {
  return `<div class="facts">${facts.map(([label, value]) => `<div><b>${escaped(value)}</b>${escaped(label)}</div>`).join('')}</div>`;
}

export function finding({ isGood, says, rule }: Finding): string {
  return `<p class="${isGood ? 'good' : 'bad'}">${escaped(says)}<br><span class="dim">Rule: ${escaped(rule)}.</span></p>`;
}

/** Nothing where there is no picture. */
export function figure(svg: string, caption = ''): string {
  if (svg === '') return '';
  return `<figure>${svg}${caption === '' ? '' : `<figcaption>${escaped(caption)}</figcaption>`}</figure>`;
}

/** A column whose cells are all figures is set to the right. */
export function htmlTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const figures = headings.map((_, column) => rows.every((row) => FIGURE.test(row[column] ?? '')));
  const line = (cells: readonly string[], tag: 'td' | 'th') =>
    `<tr>${cells.map((cell, column) => `<${tag}${figures[column] ? ' class="n"' : ''}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  return `<table>${line(headings, 'th')}${rows.map((row) => line(row, 'td')).join('\n')}</table>`;
}

const FIGURE = /^[+−-]?[\d.,]+(e[+-]?\d+)?%?$|^$/;

/** In characters: a page of whole books helps nobody. */
const LONGEST_QUOTE = 1200;

export function quote(text: string, origin: string): string {
  const shown = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
  return `<blockquote>${escaped(shown)}<div class="dim">${escaped(origin)}</div></blockquote>`;
}

export function number(value: number): string {
  return value.toLocaleString('en');
}

/** Any text, as HTML that shows it: as an element's content or within a quoted attribute. */
export function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
