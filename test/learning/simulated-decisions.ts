/** Decisions of a made-up owner who follows a rule, with noise: what the selector should find, and what it must not. */
import type { Example } from '../../src/learning/selector/example.ts';
import { normal, type Random, randomFrom } from '../../src/random.ts';

export interface Simulation {
  readonly drafts: number;
  readonly seed?: number;
  /** Texts in a draft, each decided by itself. */
  readonly texts?: number;
  /** Share of decisions turned round. */
  readonly noise?: number;
  /** In nats of log-odds; the first two features and the first direction of the hidden state say something. */
  readonly rule?: (text: Pick<Example, 'features'> & { readonly hidden: Float32Array }) => number;
  readonly blind?: number;
}

const SIZE = 32;

export function simulatedDecisions({
  drafts,
  seed = 1,
  texts = 3,
  noise = 0.1,
  rule = usualRule,
  blind = 0.25,
}: Simulation): Example[] {
  const random = randomFrom(seed);
  return Array.from({ length: drafts }, (_, draft) => {
    const isBlind = random() < blind;
    return Array.from({ length: texts }, (): Example => {
      const measured = simulatedText(random);
      const liked = random() < 1 / (1 + Math.exp(-rule(measured)));
      return { ...measured, draft, approved: random() < noise ? !liked : liked, weight: 1, blind: isBlind };
    });
  }).flat();
}

export function simulatedText(random: Random) {
  const hidden = Float32Array.from({ length: SIZE }, (_, index) => normal(random) * (index === 3 ? 6 : 1));
  const features = { fluency: -3 + normal(random), repetition: Math.abs(normal(random)) / 10, noise: normal(random) };
  return { features, hidden, model: '3f9a', prior: 0.3 + 0.4 * random() };
}

function usualRule({ features, hidden }: Parameters<NonNullable<Simulation['rule']>>[0]): number {
  return -1.2 + 1.5 * ((features.fluency ?? 0) + 3) + 0.4 * (hidden[3] ?? 0);
}
