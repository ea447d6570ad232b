/** Transformers.js in fp32 on the CPU: `node transformers-peer.ts FOLDER`, a folder that `eidolon model export` wrote. */
import path from 'node:path';
import { AutoModelForCausalLM, AutoTokenizer, env } from '@huggingface/transformers';
import { NEW_TOKENS, PROMPT, runLaps } from './contestant.ts';

const folder = path.resolve(process.argv[2] ?? '');
env.allowRemoteModels = false;
env.localModelPath = path.dirname(folder);
const name = path.basename(folder);
const tokenizer = await AutoTokenizer.from_pretrained(name);
const model = await AutoModelForCausalLM.from_pretrained(name, { dtype: 'fp32', device: 'cpu' });

await runLaps(async (count) => {
  const inputs = tokenizer(new Array(count).fill(`<|endoftext|>${PROMPT}`));
  const { dims: before } = inputs.input_ids;
  // It has no top-p; its top-k is what it offers for sampling.
  const output = await model.generate({
    ...inputs,
    do_sample: true,
    temperature: 0.9,
    top_k: 50,
    max_new_tokens: NEW_TOKENS,
    min_new_tokens: NEW_TOKENS,
  } as never);
  const [rows, length] = (output as { dims: number[] }).dims;
  return rows! * (length! - before[1]!);
});
