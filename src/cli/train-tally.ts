/** What is known of a training while it runs, gathered from its steps. Knows nothing of how it is shown. */
import { smoothing } from '../training/report/smoothed-loss.ts';
import type { TrainingStep } from '../training/train.ts';

export interface Look {
  readonly step: number;
  /** Nats a token. */
  readonly loss: number;
}

export interface Tally {
  readonly latest: TrainingStep | undefined;
  /** Of each step that learned something, oldest first. */
  readonly smoothed: readonly Look[];
  readonly looks: readonly Look[];
  /** Of the present stage. */
  readonly best: Look | undefined;
  /** Of the last steps in this process, their looks included; undefined before there are two. */
  readonly pace: { readonly tokensPerSecond: number; readonly secondsPerStep: number } | undefined;
}

export interface RunningTally extends Tally {
  /** A step of an earlier run of the same training tells nothing of the pace. */
  add(step: TrainingStep, when?: 'now' | 'earlier'): void;
}

/** Steps that the pace is measured over. */
const PACE_STEPS = 30;

export function runningTally(): RunningTally {
  const smooth = smoothing();
  const smoothed: Look[] = [];
  const looks: Look[] = [];
  const recent: TrainingStep[] = [];
  let latest: TrainingStep | undefined;
  let best: Look | undefined;
  return {
    get latest() {
      return latest;
    },
    smoothed,
    looks,
    get best() {
      return best;
    },
    get pace() {
      const [first, last] = [recent[0], recent.at(-1)];
      if (!first || !last || last.step === first.step || last.seconds <= first.seconds) return undefined;
      const seconds = last.seconds - first.seconds;
      return {
        tokensPerSecond: (last.tokens - first.tokens) / seconds,
        secondsPerStep: seconds / (last.step - first.step),
      };
    },
    add(step, when = 'now') {
      if (step.stage !== latest?.stage) best = undefined;
      latest = step;
      if (step.learningRate > 0) smoothed.push({ step: step.step, loss: smooth(step.loss) });
      if (step.validationLoss !== undefined) {
        const look = { step: step.step, loss: step.validationLoss };
        looks.push(look);
        if (!best || look.loss < best.loss) best = look;
      }
      if (when === 'now') recent.push(step);
      if (recent.length > PACE_STEPS) recent.shift();
    },
  };
}
