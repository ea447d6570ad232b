/**
 * Draws what a program shows in a terminal as an SVG, for the README.
 * Usage: node test/picture.ts OUT.svg [--columns 80] [--rows 24] [--wait REGEX] [--keys KEYS] [--until REGEX] -- PROGRAM ARGS…
 * Waits for --wait on the screen (or, without it, for the program's end), types --keys, waits for --until, draws.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Terminal as Emulator, IBufferCell } from '@xterm/headless';
import { Terminal } from './terminal.ts';

const CELL = { width: 8.4, height: 19 }; // of a 14 px monospace font
const PADDING = 18;
const INK = '#d8dee9';
const PAPER = '#1f2430';
const PALETTE = [
  '#3b4252',
  '#e06c75',
  '#98c379',
  '#e5c07b',
  '#61afef',
  '#c678dd',
  '#56b6c2',
  '#d8dee9',
  '#5c6370',
  '#e06c75',
  '#98c379',
  '#e5c07b',
  '#61afef',
  '#c678dd',
  '#56b6c2',
  '#ffffff',
];

interface Run {
  readonly column: number;
  readonly columns: number;
  readonly text: string;
  readonly style: string;
}

/** The visible lines as SVG. Every run of one style is pinned to its columns, so that any monospace font lines up. */
export function picture(emulator: Emulator): string {
  const lines = Array.from({ length: emulator.rows }, (_, row) => runsOf(emulator, row));
  const used = lines.findLastIndex((runs) => runs.length > 0) + 1;
  const width = emulator.cols * CELL.width + 2 * PADDING;
  const height = used * CELL.height + 2 * PADDING;
  const text = lines.slice(0, used).flatMap((runs, row) => runs.map((run) => textElement(run, row)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<rect width="100%" height="100%" rx="10" fill="${PAPER}"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="${INK}" xml:space="preserve">`,
    ...text,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function runsOf(emulator: Emulator, row: number): Run[] {
  const line = emulator.buffer.active.getLine(emulator.buffer.active.baseY + row);
  const runs: Run[] = [];
  for (let column = 0; column < emulator.cols; column++) {
    const cell = line?.getCell(column);
    if (!cell || cell.getWidth() === 0) continue; // the second half of a wide letter
    const text = cell.getChars() || ' ';
    const style = styleOf(cell);
    const last = runs.at(-1);
    if (last?.style === style) {
      runs[runs.length - 1] = { ...last, text: last.text + text, columns: last.columns + cell.getWidth() };
    } else {
      runs.push({ column, columns: cell.getWidth(), text, style });
    }
  }
  return runs.filter(({ text }) => text.trim() !== '');
}

function styleOf(cell: IBufferCell): string {
  const colour = cell.isFgPalette() ? PALETTE[cell.getFgColor()] : undefined;
  const attributes = [
    colour ? `fill="${colour}"` : '',
    cell.isBold() ? 'font-weight="bold"' : '',
    cell.isDim() ? 'opacity="0.6"' : '',
  ];
  return attributes.filter((attribute) => attribute !== '').join(' ');
}

function textElement({ column, columns, text, style }: Run, row: number): string {
  const leading = text.length - text.trimStart().length;
  const shown = text.trim();
  const x = PADDING + (column + leading) * CELL.width;
  const y = PADDING + (row + 0.75) * CELL.height;
  const length = (columns - (text.length - shown.length)) * CELL.width;
  const position = `x="${x.toFixed(1)}" y="${y.toFixed(1)}" textLength="${length.toFixed(1)}"`;
  return `<text ${position}${style && ` ${style}`}>${escaped(shown)}</text>`;
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      columns: { type: 'string', default: '80' },
      rows: { type: 'string', default: '24' },
      wait: { type: 'string' },
      keys: { type: 'string', default: '' },
      until: { type: 'string' },
    },
  });
  const [out, program, ...args] = positionals;
  if (out === undefined || program === undefined)
    throw new Error('Usage: node test/picture.ts OUT.svg [options] -- PROGRAM ARGS…');
  const terminal = new Terminal([program, ...args], {
    columns: Number(values.columns),
    rows: Number(values.rows),
    env: { EIDOLON_HOME: process.env.EIDOLON_HOME ?? process.cwd() },
  });
  if (values.wait === undefined) await terminal.exit;
  else await terminal.shows(new RegExp(values.wait));
  terminal.type(values.keys);
  if (values.until !== undefined) await terminal.shows(new RegExp(values.until));
  writeFileSync(out, picture(terminal.emulator));
  terminal.kill('SIGTERM');
}
