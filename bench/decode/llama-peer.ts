/** node-llama-cpp on the CPU, as many sequences side by side as candidates: `node llama-peer.ts FILE.gguf`. */
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
const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'error' });
const model: LlamaModel = await llama.loadModel({ modelPath: process.argv[2] });
const given = [model.tokens.bos, ...model.tokenize(PROMPT)];
if (given.length !== PROMPT_TOKENS) throw new Error(`The prompt has ${given.length} tokens, not ${PROMPT_TOKENS}`);

const contextSize = 128;
const many = await model.createContext({ sequences: CANDIDATES, contextSize });
const sequences = Array.from({ length: CANDIDATES }, () => many.getSequence());
const single = (await model.createContext({ sequences: 1, contextSize })).getSequence();

async function write(sequence: Sequence): Promise<number> {
  await sequence.clearHistory();
  let tokens = 0;
  for await (const _ of sequence.evaluate(given, { temperature: 0.9, topK: 0, topP: 0.95, yieldEogToken: true })) {
    if (++tokens === NEW_TOKENS) break;
  }
  return tokens;
}

await runLaps(async (count) => {
  const written = count === 1 ? [await write(single)] : await Promise.all(sequences.slice(0, count).map(write));
  return written.reduce((sum, tokens) => sum + tokens, 0);
});
process.exit(); // its threads would go on
