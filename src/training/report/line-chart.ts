/** Curves as an SVG. Knows nothing of what they tell. */
import { scaleLinear } from 'd3-scale';
import { line as curve } from 'd3-shape';
import { escaped } from '../../corpus/html-page.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
  /** Of the palette. */
  readonly colour: keyof Palette['lines'];
  /** `faint` lines may leave the picture: the axis is made for the others. */
  readonly look?: 'faint' | 'dashed' | 'dotted' | undefined;
}

export interface LineChart {
  /** For those who cannot see it. */
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
  /** Points worth a word. */
  readonly marks?: readonly (Point & { readonly label: string })[];
  /** Where something else begins. */
  readonly borders?: readonly { readonly x: number; readonly label: string }[];
  /** Where the axis begins; the least of the values where it is left out. */
  readonly from?: number | undefined;
}

export interface Palette {
  readonly ink: string;
  readonly rule: string;
  readonly paper: string;
  readonly lines: { readonly first: string; readonly second: string; readonly third: string; readonly fourth: string };
}

/** Of html-page.ts, by day and by night. */
export const PAGE: Palette = {
  ink: 'var(--ink)',
  rule: 'var(--rule)',
  paper: 'var(--paper)',
  lines: { first: 'var(--bar)', second: 'var(--second)', third: 'var(--third)', fourth: 'var(--fourth)' },
};

/** For a picture that stands alone. */
export const PAPER: Palette = {
  ink: '#1c2330',
  rule: '#d9dce1',
  paper: '#fff',
  lines: { first: '#3d6f8f', second: '#b4552d', third: '#5d7d2a', fourth: '#7b5ea7' },
};

const [WIDTH, PLOT_HEIGHT] = [760, 300];
const MARGIN = { left: 56, right: 16, bottom: 44 };
const LEGEND_ROW = 20;
/** Of a letter in the legend, about. */
const LETTER = 6.6;
/** More points than there are pixels show nothing more. */
const MOST_POINTS = 1500;
/** So few looks show as what they are. */
const MOST_DOTS = 16;

export function lineChart(chart: LineChart, palette: Palette = PAGE): string {
  const lines = chart.lines.filter(({ points }) => points.length > 0);
  const shown = lines.filter(({ look }) => look !== 'faint').flatMap(({ points }) => points);
  if (shown.length === 0) return '';
  const legend = legendOf(lines, palette);
  const top = legend.rows * LEGEND_ROW + 24;
  const bottom = top + PLOT_HEIGHT;
  const [xs, ys] = [lines.flatMap(({ points }) => points.map(({ x }) => x)), shown.map(({ y }) => y)];
  const x = scaleLinear(extent(xs), [MARGIN.left, WIDTH - MARGIN.right]);
  const y = scaleLinear(extent(chart.from === undefined ? ys : [chart.from, ...ys]), [bottom, top]).nice();
  const path = curve<Point>(
    (point) => x(point.x),
    (point) => Math.min(bottom, Math.max(top, y(point.y))),
  ).digits(1);
  const halo = `paint-order:stroke;stroke:${palette.paper};stroke-width:4px`; // so that a line behind it does not strike it out
  const text = (at: Point, content: string, anchor = 'middle') =>
    `<text x="${at.x.toFixed(1)}" y="${at.y.toFixed(1)}" text-anchor="${anchor}" style="fill:${palette.ink};${halo}">${escaped(content)}</text>`;
  const dot = (at: Point, colour: string, radius: number) =>
    `<circle cx="${x(at.x).toFixed(1)}" cy="${y(at.y).toFixed(1)}" r="${radius}" style="fill:${colour}"/>`;

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + MARGIN.bottom}" role="img" aria-label="${escaped(chart.title)}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" style="fill:${palette.paper}"/>`,
    legend.svg,
    text({ x: MARGIN.left, y: top - 8 }, chart.y, 'start'),
    text({ x: (MARGIN.left + WIDTH - MARGIN.right) / 2, y: bottom + MARGIN.bottom - 6 }, chart.x),
    ...y
      .ticks(6)
      .flatMap((value) => [
        stroke(`M${MARGIN.left},${y(value).toFixed(1)}H${WIDTH - MARGIN.right}`, palette.rule, 1),
        text(
          { x: MARGIN.left - 8, y: y(value) + 4 },
          value === 0 ? '0' : y.tickFormat(6, format(y.domain()))(value),
          'end',
        ),
      ]),
    ...x.ticks(8).map((value) => text({ x: x(value), y: bottom + 18 }, x.tickFormat(8)(value))),
    ...(chart.borders ?? []).map((border) =>
      stroke(`M${x(border.x).toFixed(1)},${top}V${bottom}`, palette.ink, 1, 'dotted'),
    ),
    ...lines.flatMap(({ points, colour, look }) => [
      stroke(path(thinned(points)) ?? '', palette.lines[colour], look === 'faint' ? 1 : 2, look),
      ...(look !== undefined || points.length > MOST_DOTS
        ? []
        : points.map((point) => dot(point, palette.lines[colour], 3))),
    ]),
    ...(chart.borders ?? []).map((border) => text({ x: x(border.x) + 6, y: top + 14 }, border.label, 'start')),
    ...(chart.marks ?? []).flatMap((mark) => [
      dot(mark, palette.ink, 4.5),
      text({ x: x(mark.x), y: y(mark.y) - 10 }, mark.label, x(mark.x) > WIDTH - 120 ? 'end' : 'middle'),
    ]),
    '</svg>',
  ].join('\n');
}

const DASHES = { dashed: '6 4', dotted: '2 3', faint: undefined };

function stroke(path: string, colour: string, width: number, look?: keyof typeof DASHES): string {
  const dashes = look && DASHES[look] ? ` stroke-dasharray="${DASHES[look]}"` : '';
  const opacity = look === 'faint' ? ' opacity="0.35"' : '';
  return `<path d="${path}" fill="none" stroke-width="${width}" stroke-linejoin="round"${dashes}${opacity} style="stroke:${colour}"/>`;
}

/** As many names to a row as fit; nothing for one line alone, which the axis names. */
function legendOf(lines: readonly Line[], palette: Palette): { readonly svg: string; readonly rows: number } {
  if (lines.length < 2) return { svg: '', rows: 0 };
  let [x, row] = [MARGIN.left, 0];
  const entries = lines.map(({ name, colour, look }) => {
    const width = 32 + name.length * LETTER + 20;
    if (x > MARGIN.left && x + width > WIDTH) [x, row] = [MARGIN.left, row + 1];
    const y = 14 + row * LEGEND_ROW;
    const entry = `${stroke(`M${x},${y}h24`, palette.lines[colour], 2, look)}<text x="${x + 32}" y="${y + 4}" style="fill:${palette.ink}">${escaped(name)}</text>`;
    x += width;
    return entry;
  });
  return { svg: entries.join('\n'), rows: row + 1 };
}

/** Digits after the point where that is short, powers of ten for the small. */
function format([from = 0, to = 0]: readonly number[]): string | undefined {
  return Math.max(Math.abs(from), Math.abs(to)) < 0.01 ? '~e' : undefined;
}

/** At least so wide that there is an axis. */
function extent(values: readonly number[]): [number, number] {
  const [least, most] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  return least === most ? [least, least + 1] : [least, most];
}

function thinned(points: readonly Point[]): readonly Point[] {
  const stride = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, index) => index % stride === 0 || index === points.length - 1);
}
