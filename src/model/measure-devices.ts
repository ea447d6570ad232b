/** Which device a model runs quickest on, by a short run on each, whose logits must be those of the CPU. */
import type { Device } from '../persona/device.ts';
import type { Gpt2Config } from './gpt2-config.ts';
import type { Network } from './network.ts';
import { reasonOf } from './reason-of.ts';

export interface MeasuredDevices {
  readonly device: Device;
  /** In words, by device: how quick it was, or what is wrong with it. */
  readonly found: Readonly<Record<string, string>>;
}

export interface Measuring {
  readonly config: Gpt2Config;
  readonly open: (device: Device) => Promise<Network>;
  /** Milliseconds, of any beginning. */
  readonly now: () => number;
  /** Ends it between two runs: a GPU cannot be left in the middle of one. */
  readonly signal?: AbortSignal | undefined;
}

/** Rows of the run: candidates of a draft. */
const ROWS = 8;
const PROMPT = 16;
/** The first step is for the device to get ready. */
const STEPS = 4;
/** A GPU in software takes seconds a step of a large model: such a device is given up as soon as it shows. */
const LEAST_PATIENCE_MS = 10_000;
const TIMES_SLOWER = 50;
/** Of the distance between the CPU's largest and smallest logit: a fiftieth of it is seen in no text, and a broken kernel is far off. */
const TOLERANCE = 0.02;

/** @param others besides the CPU. @throws the signal's reason where it was ended. */
export async function measureDevices(others: readonly Device[], measuring: Measuring): Promise<MeasuredDevices> {
  const found: Record<string, string> = {};
  let reference: Run | undefined;
  let [device, quickest]: [Device, number] = ['cpu', Number.POSITIVE_INFINITY];
  for (const other of others) {
    let network: Network;
    measuring.signal?.throwIfAborted();
    try {
      network = await measuring.open(other);
    } catch (error) {
      found[other] = `cannot be used: ${reasonOf(error)}`;
      continue;
    }
    try {
      if (!reference) {
        reference = await runOnCpu(measuring);
        quickest = reference.stepMs;
        found.cpu = milliseconds(reference.stepMs);
      }
      const run = await shortRun(network, measuring, Math.max(LEAST_PATIENCE_MS, TIMES_SLOWER * quickest));
      const distance = distanceOf(run.logits, reference.logits);
      const isRight = distance <= TOLERANCE; // and not where it is not a number
      found[other] = isRight
        ? `${milliseconds(run.stepMs)}, logits within ${(100 * distance).toFixed(3)} % of the CPU's`
        : `computes something else than the CPU: logits differ by ${(100 * distance).toFixed(1)} % of their range`;
      if (isRight && run.stepMs < quickest) [device, quickest] = [other, run.stepMs];
    } catch (error) {
      measuring.signal?.throwIfAborted();
      found[other] = `failed: ${reasonOf(error)}`;
    } finally {
      await network.release().catch(() => {});
    }
  }
  return { device, found };
}

interface Run {
  /** Of the quickest step. */
  readonly stepMs: number;
  readonly logits: readonly Float32Array[];
}

async function runOnCpu(measuring: Measuring): Promise<Run> {
  const network = await measuring.open('cpu');
  try {
    return await shortRun(network, measuring);
  } finally {
    await network.release();
  }
}

/** One prompt, read once, goes on in eight rows that write different tokens. */
async function shortRun(
  network: Network,
  { config, now, signal }: Measuring,
  patienceMs = Number.POSITIVE_INFINITY,
): Promise<Run> {
  const { n_positions, vocab_size } = config;
  const token = (at: number) => (7 + 31 * at) % vocab_size;
  const length = Math.max(1, Math.min(PROMPT, n_positions - STEPS));
  const last = { at: 'last', want: ['logits'] } as const;
  const prompt = network.createCache(1, length);
  const tokens = [Array.from({ length }, (_, at) => token(at))];
  const readFrom = now();
  signal?.throwIfAborted();
  const logits = [(await network.forward({ tokens, cache: prompt, ...last })).logits.slice()];
  // It has to get ready first: a GPU compiles its programs then, for seconds.
  if (now() - readFrom > 2 * patienceMs) throw new Error(`reading a prompt takes ${seconds(now() - readFrom)}`);

  const cache = network.createCache(0, length + STEPS, ROWS);
  for (let row = 0; row < ROWS; row++) cache.add(prompt, 0);
  let stepMs = Number.POSITIVE_INFINITY;
  for (let step = 0; step < Math.min(STEPS, n_positions - length); step++) {
    signal?.throwIfAborted();
    const begun = now();
    const rows = Array.from({ length: ROWS }, (_, row) => [token(length + step * ROWS + row)]);
    logits.push((await network.forward({ tokens: rows, cache, ...last })).logits.slice()); // written over by the next
    if (step === 0) continue;
    stepMs = Math.min(stepMs, now() - begun);
    if (stepMs > patienceMs) throw new Error(`a step takes ${seconds(stepMs)}`);
  }
  cache.release();
  prompt.release();
  return { stepMs, logits };
}

/** The largest difference, as a share of the range of the reference's logits. */
function distanceOf(logits: readonly Float32Array[], reference: readonly Float32Array[]): number {
  let [largest, lowest, highest] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [index, expected] of reference.entries()) {
    for (let at = 0; at < expected.length; at++) {
      const difference = Math.abs(logits[index]![at]! - expected[at]!);
      if (Number.isNaN(difference)) return Number.NaN;
      largest = Math.max(largest, difference);
      lowest = Math.min(lowest, expected[at]!);
      highest = Math.max(highest, expected[at]!);
    }
  }
  return largest / (highest - lowest || 1);
}

const seconds = (count: number) => `${Math.round(count / 1000)} s`;
const milliseconds = (count: number) => `${count.toFixed(count < 10 ? 1 : 0)} ms a step of ${ROWS} rows`;
