/** A training's losses as an SVG picture. */
import { lineChart, PAPER } from '../../src/training/report/line-chart.ts';
import { smoothing } from '../../src/training/report/smoothed-loss.ts';

export interface LossPoint {
  /** Trained on so far. */
  readonly tokens: number;
  /** Nats a token. */
  readonly loss: number;
  readonly validationLoss?: number | undefined;
}
export interface Floor {
  readonly name: string;
  /** Nats a token. */
  readonly loss: number;
}

/** The share of each new point: they are few, and of many batches each. */
const NEWEST = 0.3;

/** Training and validation loss by tokens; `floor` is a level line on the validation part to compare with. */
export function lossCurve(points: readonly LossPoint[], floor: Floor): string {
  const smoothed = smoothing(NEWEST);
  const at = (tokens: number, y: number) => ({ x: tokens / 1e6, y });
  const looks = points.flatMap(({ tokens, validationLoss }) => (validationLoss ? [at(tokens, validationLoss)] : []));
  return lineChart(
    {
      title: 'Loss in nats a token by tokens trained on',
      x: 'million tokens trained on',
      y: 'nats a token',
      lines: [
        {
          name: 'training (running mean)',
          points: points.map(({ tokens, loss }) => at(tokens, smoothed(loss))),
          colour: 'first',
        },
        { name: 'validation', points: looks, colour: 'second' },
        {
          name: `${floor.name} on validation`,
          points: [at(0, floor.loss), at(points.at(-1)?.tokens ?? 1, floor.loss)],
          colour: 'third',
          look: 'dashed',
        },
      ],
    },
    PAPER,
  );
}
