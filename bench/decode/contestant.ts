/**
 * The other end of a race: for every line of its input, a number of candidates, a contestant writes as many texts and answers
 * with a line of JSON.
 */
import { createInterface } from 'node:readline';

export interface Lap {
  readonly seconds: number;
  /** Written in all texts together. */
  readonly tokens: number;
}

/** What everyone writes: texts of so many tokens from a prompt of so many. */
export const PROMPT_TOKENS = 32;
export const NEW_TOKENS = 40;
export const CANDIDATES = 8;

/** `gpt2` words that are one token each, with the end of text before them. */
export const PROMPT = Array.from(
  { length: PROMPT_TOKENS - 1 },
  (_, at) => ['the', ' day', ' was', ' long'][at % 4],
).join('');

export async function runLaps(write: (candidates: number) => Promise<number>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const begun = performance.now();
    const tokens = await write(Number(line));
    const lap: Lap = { seconds: (performance.now() - begun) / 1000, tokens };
    console.log(JSON.stringify(lap));
  }
}
