/** A training's losses as an SVG picture. */
import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';

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

const [WIDTH, HEIGHT] = [720, 400];
const MARGIN = { left: 48, right: 16, top: 24, bottom: 40 };
/** Batches are small and their losses jump about; the line is a running mean of the points given. */
const SMOOTHING = 0.3;
const [TRAINING, VALIDATION, FLOOR] = ['#9db4d0', '#1f4e8c', '#b0413e'];

/** Training and validation loss by tokens; `floor` is a level line on the validation part to compare with. */
export function lossCurve(points: readonly LossPoint[], floor: Floor): string {
  const smoothed = smooth(points);
  const looks = points.flatMap(({ tokens, validationLoss }) =>
    validationLoss ? [{ tokens, loss: validationLoss }] : [],
  );
  const all = [...smoothed, ...looks].map(({ loss }) => loss);
  const x = scaleLinear([0, points.at(-1)?.tokens ?? 1], [MARGIN.left, WIDTH - MARGIN.right]);
  const y = scaleLinear([Math.min(floor.loss, ...all), Math.max(...all)], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice();
  const path = line<LossPoint>(
    ({ tokens }) => x(tokens),
    ({ loss }) => y(loss),
  ).digits(1);
  const level = y(floor.loss).toFixed(1);

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#333">
<title>Loss in nats a token by tokens trained on</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${y
  .ticks(6)
  .map((loss) => horizontal(loss, y(loss)))
  .join('\n')}
${x
  .ticks(6)
  .map(
    (tokens) =>
      `<text x="${x(tokens).toFixed(1)}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${tokens / 1e6} M</text>`,
  )
  .join('\n')}
<text x="${WIDTH / 2}" y="${HEIGHT - 6}" text-anchor="middle">tokens trained on</text>
<text x="${MARGIN.left}" y="12">nats a token</text>
<path d="M${MARGIN.left},${level}H${WIDTH - MARGIN.right}" stroke="${FLOOR}" stroke-dasharray="5 4"/>
<path d="${path(smoothed)}" fill="none" stroke="${TRAINING}" stroke-width="1.5"/>
<path d="${path(looks)}" fill="none" stroke="${VALIDATION}" stroke-width="2"/>
${legend([
  [TRAINING, 'training (running mean)'],
  [VALIDATION, 'validation'],
  [FLOOR, `${floor.name} on validation`],
])}
</svg>
`;
}

function smooth(points: readonly LossPoint[]): LossPoint[] {
  let mean = points[0]?.loss ?? 0;
  return points.map(({ tokens, loss }) => ({ tokens, loss: (mean += SMOOTHING * (loss - mean)) }));
}

function horizontal(loss: number, y: number): string {
  const label = `<text x="${MARGIN.left - 8}" y="${(y + 4).toFixed(1)}" text-anchor="end">${loss}</text>`;
  return `<path d="M${MARGIN.left},${y.toFixed(1)}H${WIDTH - MARGIN.right}" stroke="#ddd"/>${label}`;
}

function legend(entries: readonly (readonly [string, string])[]): string {
  return entries
    .map(([colour, text], row) => {
      const y = MARGIN.top + 16 + 20 * row;
      return `<path d="M${WIDTH - 268},${y}h24" stroke="${colour}" stroke-width="2"/><text x="${WIDTH - 236}" y="${y + 4}">${text}</text>`;
    })
    .join('\n');
}
