/** Eidolon's own: `node ours.ts FOLDER`. One batch goes on from draft to draft, as in the model host. */
import { Batch } from '../../src/generation/batch.ts';
import { writingOf } from '../../src/generation/generate.ts';
import { openModel } from '../../src/model/model.ts';
import { NEW_TOKENS, PROMPT, runLaps } from './contestant.ts';

const model = await openModel(process.argv[2] ?? '');
const batch = new Batch(model);
const sampling = { temperature: 0.9, topK: 0, topP: 0.95, repetitionPenalty: 1, maxTokens: NEW_TOKENS };
let seed = 0;

await runLaps(async (count) => {
  const writing = batch.write(writingOf(model, { prompt: PROMPT, count, seed: (seed += count), sampling }));
  while (!batch.isIdle) await batch.step();
  return (await writing).reduce((sum, { tokens }) => sum + tokens, 0);
});
