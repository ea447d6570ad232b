/** node-llama-cpp on the CPU, as many sequences side by side as candidates: `node llama-peer.ts FILE.gguf`. */
import { availableParallelism } from 'node:os';
import { CANDIDATES, NEW_TOKENS, PROMPT, PROMPT_TOKENS, runLaps } from './contestant.ts';

/** Of its API, what is used here: it belongs to bench/package.json, which need not be installed. */
interface Sequence {
  evaluate(tokens: readonly number[], options: object): AsyncIterable<number>;
  clearHistory(): Promise<void>;
}
interface LlamaModel {
  readonly tokens: { readonly bos: number };
  tokenize(text: string): number[];
  createContext(options: object): Promise<{ getSequence(): Sequence }>;
}
const PACKAGE = 'node-llama-cpp';
const { getLlama } = await import(PACKAGE);
// By itself it takes four threads at least, which wait for each other by spinning: on two cores a token then takes seconds.
const threads = availableParallelism();
const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'error', maxThreads: threads });
const model: LlamaModel = await llama.loadModel({ modelPath: process.argv[2] });
const given = [model.tokens.bos, ...model.tokenize(PROMPT)];
if (given.length !== PROMPT_TOKENS) throw new Error(`The prompt has ${given.length} tokens, not ${PROMPT_TOKENS}`);

const contextSize = 128;
const context = await model.createContext({ sequences: CANDIDATES, contextSize, threads });
const sequences = Array.from({ length: CANDIDATES }, () => context.getSequence());

async function write(sequence: Sequence): Promise<number> {
  await sequence.clearHistory();
  let tokens = 0;
  for await (const _ of sequence.evaluate(given, { temperature: 0.9, topK: 0, topP: 0.95, yieldEogToken: true })) {
    if (++tokens === NEW_TOKENS) break;
  }
  return tokens;
}

await runLaps(async (count) => {
  const written = await Promise.all(sequences.slice(0, count).map(write));
  return written.reduce((sum, tokens) => sum + tokens, 0);
});
process.exit(); // its threads would go on
