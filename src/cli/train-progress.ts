/** Tells a person, a log or a program how a training goes: a live screen in a terminal, lines elsewhere, JSON where asked. */
import { styleText } from 'node:util';
import { printable } from '../review/printable.ts';
import type { Sample } from '../training/report/training-report.ts';
import type { TrainingStep } from '../training/train.ts';
import { liveRegion } from './live-region.ts';
import { type TrainView, trainLine, trainScreen } from './train-screen.ts';
import { type RunningTally, runningTally } from './train-tally.ts';

export interface TrainProgress {
  step(step: TrainingStep): void;
  sample(sample: Sample): void;
  /** A line that stays. */
  note(line: string): void;
  /** Before anything else is written there. */
  end(): void;
}

export interface TrainProgressOptions {
  readonly title: string;
  /** Of all stages. */
  readonly steps: number;
  /** What earlier runs of the same training did. */
  readonly earlier?: readonly TrainingStep[];
  /** One JSON object a line: steps as they are, `{ "sample": … }`, `{ "note": … }`. */
  readonly json?: boolean | undefined;
  readonly memoryBytes?: () => number;
}

export function trainProgress(stream: NodeJS.WriteStream, options: TrainProgressOptions): TrainProgress {
  if (options.json) return asJson(stream);
  const tally = runningTally();
  for (const step of options.earlier ?? []) tally.add(step, 'earlier');
  return stream.isTTY ? onScreen(stream, tally, options) : asLines(stream, tally, options);
}

function asJson(stream: NodeJS.WriteStream): TrainProgress {
  const write = (value: unknown) => stream.write(`${JSON.stringify(value)}\n`);
  return {
    step: write,
    sample: (sample) => write({ sample }),
    note: (note) => write({ note }),
    end() {},
  };
}

const FRAME_MS = 100;
const memoryOf = () => process.memoryUsage.rss();

function onScreen(stream: NodeJS.WriteStream, tally: RunningTally, options: TrainProgressOptions): TrainProgress {
  const { title, steps, memoryBytes = memoryOf } = options;
  const region = liveRegion(stream);
  const hasColour = styleText('bold', ' ', { stream }) !== ' '; // knows NO_COLOR and its kind
  let sample: Sample | undefined;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let hasEnded = false;
  const draw = (above: readonly string[] = []) => {
    const view: TrainView = { title, steps, sample, memoryBytes: memoryBytes(), hasEnded };
    const { columns = 80, rows = 24 } = stream;
    region.draw(trainScreen(tally, view, { columns, rows, hasColour }), above);
    drawnAt = performance.now();
  };
  const redraw = () => draw();
  stream.on('resize', redraw);
  draw();
  return {
    step(step) {
      tally.add(step);
      const told = stageNote(step);
      if (told !== undefined) draw([told]);
      else if (performance.now() - drawnAt >= FRAME_MS || step.step === steps) draw();
    },
    sample(written) {
      sample = written;
      draw();
    },
    note: (line) => draw([printable(line)]),
    end() {
      stream.off('resize', redraw);
      hasEnded = true;
      draw();
    },
  };
}

/** Of training, between two lines about steps. */
const LINE_SECONDS = 10;

function asLines(stream: NodeJS.WriteStream, tally: RunningTally, options: TrainProgressOptions): TrainProgress {
  const { title, steps, memoryBytes = memoryOf } = options;
  const write = (line: string) => stream.write(`${line}\n`);
  let lastSeconds = Number.NEGATIVE_INFINITY;
  return {
    step(step) {
      tally.add(step);
      const told = stageNote(step);
      if (told !== undefined) write(told);
      if (step.validationLoss === undefined && step.seconds - lastSeconds < LINE_SECONDS) return;
      lastSeconds = step.seconds;
      write(trainLine(tally, { title, steps, sample: undefined, memoryBytes: memoryBytes() }));
    },
    sample: ({ step, text }) => write(`step ${step} wrote: ${printable(text, { oneLine: true })}`),
    note: (line) => write(printable(line)),
    end() {},
  };
}

/** What a stage did to what was known of every corpus. */
function stageNote({ step, stage, stageLosses }: TrainingStep): string | undefined {
  if (!stageLosses) return undefined;
  const losses = Object.entries(stageLosses).map(([name, loss]) => `${name} ${loss.toFixed(3)}`);
  return printable(`${step === 0 ? 'Before' : `After stage ${stage + 1}`}, held-out: ${losses.join(', ')}`, {
    oneLine: true,
  });
}
