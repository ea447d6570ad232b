/** A training as lines for a terminal. Pure: draws nothing itself, and never passes a text's control characters on. */
import { styleText } from 'node:util';
import { cyan, plot, yellow } from 'asciichart';
import { apart, flowed, printable, shortened, wrapped } from '../review/printable.ts';
import type { Sample } from '../training/report/training-report.ts';
import { clock, inUnits } from './progress-line.ts';
import type { Look, Tally } from './train-tally.ts';

export interface TrainView {
  /** Whose training it is. */
  readonly title: string;
  readonly steps: number;
  readonly sample: Sample | undefined;
  /** Of the process. */
  readonly memoryBytes: number;
  /** Nothing more will come. */
  readonly hasEnded?: boolean;
}

export interface TrainScreenSize {
  readonly columns: number;
  readonly rows: number;
  readonly hasColour: boolean;
}

/** Lines much longer than a book's are tiring to read. */
const WIDEST = 100;
/** A chart of fewer columns or rows shows nothing. */
const LEAST_CHART = { columns: 40, rows: 3 };
const TALLEST_CHART = 12;
const SAMPLE_LINES = 5;

/** Fewer lines than the terminal has rows, each narrower than it; where there is little room, the figures come first. */
export function trainScreen(tally: Tally, view: TrainView, size: TrainScreenSize): string[] {
  const width = Math.max(10, Math.min(size.columns - 1, WIDEST));
  const style = (format: Parameters<typeof styleText>[0], text: string) =>
    size.hasColour ? styleText(format, text, { validateStream: false }) : text;
  const figures = [
    '',
    ...heading(tally, view, width).map((line) => style('bold', line)),
    ...flowed(figuresOf(tally, view), '   ', width),
  ];
  const foot = view.hasEnded ? [] : [style('dim', 'Ctrl-C stops it, the same command goes on')];
  const sample = view.sample ? sampleLines(view.sample, width) : [];
  // The cursor has a line, and the chart an axis below it and an empty line before and after.
  const chartRoom = size.rows - 1 - figures.length - foot.length - 3;
  const withSample = chartRoom - sample.length - 1 >= LEAST_CHART.rows;
  const chart = chartLines(tally, {
    columns: width,
    rows: Math.min(TALLEST_CHART, chartRoom - (withSample ? sample.length + 1 : 0)),
    hasColour: size.hasColour,
  });
  return [
    ...figures,
    ...(chart.length > 0 ? ['', ...chart, ''] : []),
    ...(withSample && sample.length > 0 ? [style('dim', sample[0]!), ...sample.slice(1), ''] : []),
    ...foot,
  ]
    .map((line) => shortened(line, width))
    .slice(0, Math.max(1, size.rows - 1));
}

/** `step 120 of 600, loss 3.412, …`: the same figures, for lines in a log. */
export function trainLine(tally: Tally, view: TrainView): string {
  return [`step ${tally.latest?.step ?? 0} of ${view.steps}`, ...figuresOf(tally, view)].join('  ');
}

function heading(tally: Tally, { title, steps }: TrainView, width: number): string[] {
  const { latest } = tally;
  const step = latest?.step ?? 0;
  const stage = latest && latest.stage > 0 ? `, stage ${latest.stage + 1}` : '';
  const percent = `${Math.floor((100 * step) / Math.max(1, steps))}%`;
  return apart(printable(title, { oneLine: true }), `step ${step} of ${steps}${stage}, ${percent}`, width);
}

function figuresOf({ latest, smoothed, looks, best, pace }: Tally, { steps, memoryBytes }: TrainView): string[] {
  const look = looks.at(-1);
  const mean = smoothed.at(-1);
  const isBest = look?.step === best?.step;
  return [
    ...(mean && latest ? [`loss ${latest.loss.toFixed(3)}, smoothed ${mean.loss.toFixed(3)}`] : []),
    ...(look && best
      ? [`validation ${look.loss.toFixed(3)}${isBest ? '' : `, best ${best.loss.toFixed(3)} at step ${best.step}`}`]
      : []),
    ...(latest && latest.learningRate > 0 ? [`learning rate ${latest.learningRate.toExponential(1)}`] : []),
    ...(pace && latest
      ? [
          `${Math.round(pace.tokensPerSecond).toLocaleString('en')} tokens/s`,
          ...(latest.step < steps ? [`${clock(1000 * pace.secondsPerStep * (steps - latest.step))} left`] : []),
        ]
      : []),
    `memory ${inUnits(memoryBytes)}`,
  ];
}

/** Three digits before the point are enough for nats. */
const LABEL_WIDTH = 7;

/** The curves from the first step to the latest, however many there are, over the whole width. */
function chartLines({ smoothed, looks, latest }: Tally, size: TrainScreenSize): string[] {
  const { columns, rows, hasColour } = size;
  const width = columns - LABEL_WIDTH - 2;
  if (smoothed.length < 2 || columns < LEAST_CHART.columns || rows < LEAST_CHART.rows) return [];
  const from = smoothed[0]!.step;
  const steps = Array.from({ length: width }, (_, column) => from + (column / (width - 1)) * (latest!.step - from));
  const curves = [
    { name: 'smoothed loss', points: smoothed, colour: cyan },
    // Two curves of one colour could not be told apart.
    ...(hasColour && looks.length > 1 ? [{ name: 'validation', points: looks, colour: yellow }] : []),
  ];
  const drawn = plot(
    curves.map(({ points }) => steps.map((step) => lossAt(points, step))),
    {
      height: rows - 1,
      offset: 2,
      colors: hasColour ? curves.map(({ colour }) => colour) : [],
      format: (value) => value.toFixed(2).padStart(LABEL_WIDTH),
    },
  );
  const names = curves.map(({ name, colour }) => (hasColour ? `${colour}─ ${name}\x1b[39m` : name)).join('  ');
  const axis = apart(`step ${from}  ${names}`, String(latest!.step), width).slice(0, 1);
  return [...drawn.split('\n'), ...axis.map((line) => ' '.repeat(LABEL_WIDTH + 2) + line)];
}

/** Between the points on both sides of it. */
function lossAt(points: readonly Look[], step: number): number {
  const index = points.findLastIndex((point) => point.step <= step);
  const [before, after] = [points[Math.max(0, index)]!, points[Math.min(index + 1, points.length - 1)]!];
  if (after.step <= before.step) return before.loss;
  const share = Math.max(0, (step - before.step) / (after.step - before.step));
  return before.loss + share * (after.loss - before.loss);
}

function sampleLines({ step, prompt, text }: Sample, width: number): string[] {
  const from = prompt === '' ? 'from nothing' : `from “${printable(prompt, { oneLine: true })}”`;
  const lines = wrapped(printable(text), width - 2);
  const shown = lines.slice(0, SAMPLE_LINES);
  if (lines.length > SAMPLE_LINES) shown[SAMPLE_LINES - 1] = `${shortened(shown.at(-1)!, width - 4)} …`;
  return [`Written at step ${step}, ${from}:`, ...shown.map((line) => `  ${line}`)];
}
