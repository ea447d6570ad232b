/** What the selector needs to know of a text: its words, and what was measured of them. */
export interface Measured {
  /** Absent where only the measures are known; then its words say nothing. */
  readonly text?: string | undefined;
  /** By name; one that could not be measured is left out. */
  readonly features: Readonly<Record<string, number>>;
  /** The mean-pooled last hidden state of the persona's frozen model, [n_embd]; absent where no model was asked. */
  readonly hidden?: Float32Array | undefined;
  /** Which model the hidden state is from. */
  readonly model?: string | undefined;
  /** What the hand-set weights make of it, 0 to 1: what ranks while nothing is learned, and one feature among others after. */
  readonly prior: number;
}

/** A text that its owner was shown, and what became of it. */
export interface Example extends Measured {
  /** Those of one draft are never parted between learning and testing. */
  readonly draft: number;
  readonly approved: boolean;
  /** How much it counts: 1 where the owner's word was about this text, less where it was about another beside it. */
  readonly weight: number;
  /** Decided without having seen scores, in an order that told nothing: only these are test data. */
  readonly blind: boolean;
}
