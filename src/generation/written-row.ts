/** One text that is being written: what decides when it ends, and what is handed out of it. */
import type { Tokenizer } from '../model/tokenizer.ts';
import { type Random, randomFrom } from '../random.ts';
import { logProbability, type Predictions, type Sampling, sampleToken } from './sample-token.ts';

export interface Generated {
  readonly seed: number;
  /** Prompt and continuation. */
  readonly text: string;
  /** Tokens written, without the end of text. */
  readonly tokens: number;
  /** Of each token written, in nats, as the model has it before temperature and all else. */
  readonly logProbabilities: readonly number[];
  readonly finish: Finish;
}

export type Finish = 'end-of-text' | 'length' | 'characters';

/** What the rows of one request have in common. */
export interface Writing {
  readonly tokenizer: Tokenizer;
  /** What the texts begin with. */
  readonly prompt: string;
  /** Tokens that are read before them. */
  readonly given: readonly number[];
  /** Tokens to write at most. */
  readonly longest: number;
  readonly sampling: Sampling;
  /** Of the whole text, prompt included. */
  readonly maxCharacters: number;
  /** How the network that the text is for counts its characters. */
  readonly characters: (text: string) => number;
}

/** X counts some characters twice; no network counts more. Below this, a text need not be decoded to be counted. */
const MOST_CHARACTERS_A_UNIT = 2;

export class WrittenRow {
  readonly seed: number;
  readonly #writing: Writing;
  readonly #random: Random;
  readonly #tokens: number[] = [];
  readonly #logProbabilities: number[] = [];
  /** For the repetition penalty; nothing where there is none. */
  readonly #before: Set<number>;
  /** UTF-16 units of its text, or a few more: a character in several tokens counts once in each. */
  #units: number;
  #finish: Finish | undefined;

  constructor(writing: Writing, seed: number) {
    this.seed = seed;
    this.#writing = writing;
    this.#random = randomFrom(seed);
    this.#before = new Set(writing.sampling.repetitionPenalty === 1 ? [] : writing.given);
    this.#units = writing.prompt.length;
  }

  get isFinished(): boolean {
    return this.#finish !== undefined;
  }

  get lastToken(): number {
    return this.#tokens.at(-1)!;
  }

  /** Draws the next token from a row of predictions. */
  write(predictions: Predictions, row: number): void {
    const { tokenizer, sampling, maxCharacters, characters, longest } = this.#writing;
    const token = sampleToken(predictions, row, sampling, this.#random, this.#before);
    if (token === tokenizer.endOfText) {
      this.#finish = 'end-of-text';
      return;
    }
    this.#tokens.push(token);
    this.#units += tokenizer.unitsOf(token);
    if (this.#units * MOST_CHARACTERS_A_UNIT > maxCharacters && characters(this.#text()) > maxCharacters) {
      this.#tokens.pop();
      this.#finish = 'characters';
      return;
    }
    if (sampling.repetitionPenalty !== 1) this.#before.add(token);
    this.#logProbabilities.push(logProbability(predictions, row, token, sampling.temperature));
    if (this.#tokens.length >= longest) this.#finish = 'length';
  }

  generated(): Generated {
    return {
      seed: this.seed,
      text: this.#text(),
      tokens: this.#tokens.length,
      logProbabilities: this.#logProbabilities,
      finish: this.#finish ?? 'length',
    };
  }

  #text(): string {
    return this.#writing.prompt + this.#writing.tokenizer.decode(this.#tokens);
  }
}
