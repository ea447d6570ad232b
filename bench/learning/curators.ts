/** Simulated curators: fixed rules in the owner's place, with errors. Named as such wherever their verdicts are told. */
import { wordsOf } from '../../src/corpus/words.ts';
import type { Random } from '../../src/random.ts';

export interface Curator {
  readonly name: string;
  /** What it likes, in words. */
  readonly likes: (threshold: number) => string;
  /** The higher, the better it likes what follows the opening; a text is approved from a threshold on that is tuned on texts of their own. */
  readonly liking: (body: string) => number;
  /** Share of its verdicts that are wrong: as many approvals as rejections, so that its rate of approval stays. */
  readonly noise: number;
  /** Not to be told by a weighted sum of what is measured of a text. */
  readonly isHard?: boolean;
}

/** The words that English texts are most made of. */
const COMMON = new Set(
  `the of and a to in is you that it he was for on are as with his they i at be this have from or one had by word but not
  what all were we when your can said there use an each which she do how their if will up other about out many then them
  these so some her would make like him into time has look two more write go see number no way could people my than first
  water been call who its now find long down day did get come made may part`.split(/\s+/),
);

const PEOPLE =
  /\b(man|men|woman|women|gentleman|gentlemen|lady|ladies|king|queen|wife|husband|father|mother|child|children|boy|girl|friend|friends|neighbor|lover)\b/gi;

/** About half of the texts are shorter. */
const MIDDLE = 110;

export const CURATORS: readonly Curator[] = [
  {
    name: 'brief',
    likes: (threshold) => `at most ${-threshold} characters after the opening`,
    liking: (body) => -body.length,
    noise: 0.05,
  },
  {
    name: 'people',
    likes: (threshold) => `names kinds of people: from ${threshold.toFixed(1)} of a hundred words`,
    liking: (body) => (100 * (body.match(PEOPLE)?.length ?? 0)) / Math.max(1, wordsOf(body).length),
    noise: 0.1,
  },
  {
    name: 'plain',
    likes: (threshold) => `plain words: ${(100 * threshold).toFixed(0)} % or more among the hundred most common ones`,
    liking: (body) => {
      const words = wordsOf(body);
      return words.length < 4 ? 0 : words.filter((word) => COMMON.has(word)).length / words.length;
    },
    noise: 0.15,
  },
  {
    name: 'contrary',
    likes: () => `short with a comma, or from ${MIDDLE} characters on without one`,
    liking: (body) => (body.length < MIDDLE === body.includes(',') ? 1 : 0),
    noise: 0.2,
    isHard: true,
  },
];

/** The share of approvals that the rules are tuned to. */
export const BASE_RATE = 0.2;

/** The threshold from which a fifth of the texts are approved, or the nearest to it that the texts allow. */
export function tuned({ liking }: Curator, bodies: readonly string[]): number {
  const values = bodies.map(liking).sort((a, b) => b - a);
  const candidates = [...new Set(values)].filter((value) => value > Math.min(...values));
  const rateFrom = (threshold: number) => values.filter((value) => value >= threshold).length / values.length;
  return candidates.reduce((best, value) =>
    Math.abs(rateFrom(value) - BASE_RATE) < Math.abs(rateFrom(best) - BASE_RATE) ? value : best,
  );
}

/** What it says of a text, errors and all. */
export function verdict(curator: Curator, isLiked: boolean, random: Random): boolean {
  const wrong = curator.noise / 2 / (isLiked ? BASE_RATE : 1 - BASE_RATE);
  return random() < wrong ? !isLiked : isLiked;
}
