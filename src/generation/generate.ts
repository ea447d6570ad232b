/** Writes several continuations of one prompt at once. */
import { dialogueBefore } from '../corpus/dialogue.ts';
import type { Turn } from '../corpus/document.ts';
import type { Model } from '../model/model.ts';
import { Batch, type BatchRequest, PLACES } from './batch.ts';
import { fitDialogue } from './fit-dialogue.ts';
import { fitPrompt } from './fit-prompt.ts';
import type { Sampling } from './sample-token.ts';
import type { Generated } from './written-row.ts';

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

export interface GenerationOptions {
  readonly signal?: AbortSignal;
  /** How the network that the text is for counts its characters. */
  readonly characters?: (text: string) => number;
}

/** In a batch of its own. @returns one text for each seed, in order. */
export async function generate(
  model: Model,
  request: GenerationRequest,
  options: GenerationOptions = {},
): Promise<Generated[]> {
  options.signal?.throwIfAborted();
  const batch = new Batch(model, Math.min(PLACES, request.count));
  const written = batch.write(writingOf(model, request, options));
  written.catch(() => {}); // it is awaited below, when the batch has made it fail
  while (!batch.isIdle) await batch.step();
  return await written;
}

/** What a batch has to do for a request, and how many of the oldest tokens that it was given do not fit into the context. */
export function writingOf(
  model: Model,
  { prompt, context = [], count, seed, sampling, maxCharacters = Number.POSITIVE_INFINITY }: GenerationRequest,
  { signal, characters = codePoints }: GenerationOptions = {},
): BatchRequest & { readonly cut: number } {
  const { tokenizer, config } = model;
  const encodedLength = (text: string) => tokenizer.encode(text).length;
  const given =
    context.length > 0
      ? fitDialogue(tokenizer, { context, prompt }, config.n_positions, sampling.maxTokens)
      : fitPrompt(tokenizer, prompt, config.n_positions, sampling.maxTokens);
  return {
    model,
    tokenizer,
    prompt,
    given,
    longest: Math.min(sampling.maxTokens, config.n_positions - given.length + 1),
    seeds: Array.from({ length: count }, (_, index) => seed + index),
    sampling,
    maxCharacters,
    characters,
    signal,
    cut: Math.max(0, 1 + encodedLength(dialogueBefore(context)) + encodedLength(prompt) - given.length),
  };
}

const codePoints = (text: string): number => [...text].length;
