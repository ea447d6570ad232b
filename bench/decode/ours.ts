/** Eidolon's own: `node ours.ts FOLDER`. */
import { generate } from '../../src/generation/generate.ts';
import { openModel } from '../../src/model/model.ts';
import { NEW_TOKENS, PROMPT, runLaps } from './contestant.ts';

const model = await openModel(process.argv[2] ?? '');
let seed = 0;

await runLaps(async (count) => {
  const sampling = { temperature: 0.9, topK: 0, topP: 0.95, repetitionPenalty: 1, maxTokens: NEW_TOKENS };
  const written = await generate(model, { prompt: PROMPT, count, seed: (seed += count), sampling });
  return written.reduce((sum, { tokens }) => sum + tokens, 0);
});
