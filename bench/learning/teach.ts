/** Three hundred decisions of a simulated curator, one after the other, and the selector that they leave. */

import type { DecidedText } from '../../src/learning/adapter/taught-texts.ts';
import { trainCalibrated } from '../../src/learning/selector/evaluate-selector.ts';
import type { Example } from '../../src/learning/selector/example.ts';
import { probabilityOf, type Selector, trainSelector } from '../../src/learning/selector/selector.ts';
import { type Random, randomFrom, shuffled } from '../../src/random.ts';
import { BASE_RATE, type Curator, verdict } from './curators.ts';
import type { MeasuredDraft, MeasuredText } from './measured-pool.ts';

/** How labels come to texts: from the rule; from the rule, but to other texts; by chance at the rule's rate. */
export type Teaching = 'taught' | 'shuffled' | 'random';

export interface Taught {
  readonly decided: readonly DecidedText[];
  readonly examples: readonly Example[];
  /** After so many decisions. */
  readonly selectors: ReadonlyMap<number, Selector>;
}

export interface Teacher {
  readonly curator: Curator;
  readonly threshold: number;
  readonly drafts: readonly MeasuredDraft[];
  readonly decisions: number;
  readonly teaching: Teaching;
  readonly seed: number;
  /** Texts shown of one draft. */
  readonly keep: number;
  /** At which they were drawn. */
  readonly temperature: number;
}

/** The share of drafts that are shown without scores, in an order that tells nothing, of texts drawn by chance. */
const BLIND = 0.3;
/** Decisions after which the selector is validated anew, as before each draft of the product; in between it learns by a step. */
const VALIDATED_EVERY = 25;
/** The product learns after each decision; here every fifth is enough, and twelve curators take turns. */
const LEARNED_EVERY = 5;
export const CHECKPOINTS = [50, 100, 200, 300] as const;

/** The first text shown that the curator approves is picked; where it approves none, the draft is rejected. */
export function teach({ curator, threshold, drafts, decisions, teaching, seed, keep, temperature }: Teacher): Taught {
  const random = randomFrom(seed);
  const examples: (Example & MeasuredText)[] = [];
  const decided: DecidedText[] = [];
  const selectors = new Map<number, Selector>();
  let selector: Selector | undefined;
  const approves = ({ body }: MeasuredText) =>
    teaching === 'random' ? random() < BASE_RATE : verdict(curator, curator.liking(body) >= threshold, random);
  for (const [index, draft] of drafts.entries()) {
    if (decided.length === decisions) break;
    const passed = draft.filter((text) => text.passed);
    if (passed.length === 0) continue;
    const blind = random() < BLIND;
    const shown = (blind || teaching === 'shuffled' ? shuffled(passed, random) : ranked(passed, selector)).slice(
      0,
      keep,
    );
    const picked = shown.find(approves);
    examples.push(...shown.map((text) => ({ ...text, draft: index + 1, blind, ...labelOf(text, picked, shown) })));
    const { text } = picked ?? shown[0]!;
    decided.push({
      draft: index + 1,
      decision: index + 1,
      prompt: '',
      text,
      temperature,
      approved: picked !== undefined,
      edited: false,
    });
    if (teaching === 'shuffled') continue;
    if (decided.length % VALIDATED_EVERY === 0) selector = trainCalibrated(examples).selector;
    else if (decided.length % LEARNED_EVERY === 0) {
      selector = trainSelector(examples, { previous: selector, mayRenewBasis: false });
    }
    if (selector && isCheckpoint(decided.length)) selectors.set(decided.length, selector);
  }
  return teaching === 'shuffled' ? shuffledLabels(examples, decided, random) : { decided, examples, selectors };
}

/** As the product reads decisions: a rejection is said of every text shown, a choice of one; the others count as one together. */
function labelOf(text: MeasuredText, picked: MeasuredText | undefined, shown: readonly MeasuredText[]) {
  if (!picked) return { approved: false, weight: 1 };
  return text === picked ? { approved: true, weight: 1 } : { approved: false, weight: 1 / (shown.length - 1) };
}

/** The same texts and as many approvals of the same weights, of other texts. */
function shuffledLabels(
  examples: readonly (Example & MeasuredText)[],
  decided: readonly DecidedText[],
  random: Random,
): Taught {
  const labels = shuffled(
    examples.map(({ approved, weight }) => ({ approved, weight })),
    random,
  );
  const relabelled = examples.map((example, index) => ({ ...example, ...labels[index]! }));
  const until = (draft: number) => relabelled.filter((example) => example.draft <= draft);
  const selectors = CHECKPOINTS.filter((count) => count <= decided.length).map(
    (count) => [count, trainCalibrated(until(decided[count - 1]!.draft)).selector] as const,
  );
  // What is learned by the adapter: of each draft a text that was labelled approved, whoever earned the label.
  const chosen = new Map(relabelled.filter(({ approved }) => approved).map(({ draft, text }) => [draft, text]));
  return {
    examples: relabelled,
    decided: decided.map((one) => {
      const text = chosen.get(one.draft);
      return { ...one, text: text ?? one.text, approved: text !== undefined };
    }),
    selectors: new Map(selectors),
  };
}

const isCheckpoint = (count: number) => CHECKPOINTS.some((checkpoint) => checkpoint === count);

/** Best first, by the selector, which says what the priors say while it knows nothing. */
export function ranked(texts: readonly MeasuredText[], selector: Selector | undefined): readonly MeasuredText[] {
  const scoreOf = (text: MeasuredText) => (selector ? probabilityOf(selector, text) : text.prior);
  return texts
    .map((text) => ({ text, score: scoreOf(text) }))
    .toSorted((a, b) => b.score - a.score)
    .map(({ text }) => text);
}
