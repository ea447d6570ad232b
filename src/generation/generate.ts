/** Writes several continuations of one prompt at once. Each row's chance is its own, so a seed always gives its text. */
import type { Turn } from '../corpus/document.ts';
import { type Continuation, continuePrompt, type Prediction } from '../model/continuation.ts';
import type { Model } from '../model/model.ts';
import { type Random, randomFrom } from '../random.ts';
import { fitDialogue } from './fit-dialogue.ts';
import { fitPrompt } from './fit-prompt.ts';
import { type Sampling, sampleToken } from './sample-token.ts';

export interface GenerationRequest {
  /** What the text begins with; empty: from nothing. */
  readonly prompt: string;
  /** What it answers, oldest first, read before the prompt and no part of the text. Of more than fits, the newest. */
  readonly context?: readonly Turn[];
  readonly count: number;
  /** Of the first candidate; the next ones have the following numbers. */
  readonly seed: number;
  readonly sampling: Sampling;
  /** Of the whole text, prompt included. */
  readonly maxCharacters?: number;
}

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

export interface GenerationOptions {
  readonly signal?: AbortSignal;
  /** How the network that the text is for counts its characters. */
  readonly characters?: (text: string) => number;
}

/** X counts some characters twice; no network counts more. Below this, a text need not be decoded to be counted. */
const MOST_CHARACTERS_A_UNIT = 2;

interface Row {
  readonly seed: number;
  readonly random: Random;
  readonly tokens: number[];
  /** UTF-16 units of its text, or a few more: a character in several tokens counts once in each. */
  units: number;
  readonly logProbabilities: number[];
  finish: Finish | undefined;
}

/** @returns one text for each seed, in order. */
export async function generate(
  model: Model,
  { prompt, context = [], count, seed, sampling, maxCharacters = Number.POSITIVE_INFINITY }: GenerationRequest,
  { signal, characters = codePoints }: GenerationOptions = {},
): Promise<Generated[]> {
  const given =
    context.length > 0
      ? fitDialogue(model.tokenizer, { context, prompt }, model.config.n_positions, sampling.maxTokens)
      : fitPrompt(model.tokenizer, prompt, model.config.n_positions, sampling.maxTokens);
  const longest = Math.min(sampling.maxTokens, model.config.n_positions - given.length + 1);
  const textOf = ({ tokens }: Row) => prompt + model.tokenizer.decode(tokens);
  const rows = Array.from({ length: count }, (_, index): Row => {
    return {
      seed: seed + index,
      random: randomFrom(seed + index),
      tokens: [],
      units: prompt.length,
      logProbabilities: [],
      finish: undefined,
    };
  });

  const write = (row: Row, prediction: Prediction): void => {
    const token = sampleToken(prediction, sampling, row.random, [...given, ...row.tokens]);
    if (token === model.tokenizer.endOfText) {
      row.finish = 'end-of-text';
      return;
    }
    row.tokens.push(token);
    row.units += model.tokenizer.decode([token]).length;
    if (row.units * MOST_CHARACTERS_A_UNIT > maxCharacters && characters(textOf(row)) > maxCharacters) {
      row.tokens.pop();
      row.finish = 'characters';
      return;
    }
    row.logProbabilities.push(prediction.logits[token]! - prediction.logNormalizer);
    if (row.tokens.length >= longest) row.finish = 'length';
  };

  signal?.throwIfAborted();
  if (count > 0 && longest > 0) {
    const continuation = await continuePrompt(model, given, {
      rows: count,
      capacity: given.length + longest - 1,
      temperature: sampling.temperature || 1,
    });
    await writeAll(continuation, [...rows], write, signal);
  }
  return rows.map((row) => ({
    seed: row.seed,
    text: textOf(row),
    tokens: row.tokens.length,
    logProbabilities: row.logProbabilities,
    finish: row.finish ?? 'length',
  }));
}

/** Every step writes one token in each row that is not finished. */
async function writeAll(
  continuation: Continuation,
  active: Row[],
  write: (row: Row, prediction: Prediction) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  while (active.length > 0) {
    for (const [index, row] of active.entries()) write(row, continuation.predictions[index]!);
    for (let index = active.length - 1; index >= 0; index--) {
      if (!active[index]!.finish) continue;
      continuation.drop(index);
      active[index] = active.at(-1)!;
      active.pop();
    }
    signal?.throwIfAborted();
    if (active.length > 0) await continuation.append(active.map(({ tokens }) => tokens.at(-1)!));
  }
}

const codePoints = (text: string): number => [...text].length;
