/** Makes models/starter: `npm run starter -- TEXTS.jsonl …`. Stop it when you like; the same command goes on. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { gpt2Prefix } from '../../src/model/gpt2-vocabulary.ts';
import { createTokenizer } from '../../src/model/tokenizer.ts';
import { initialParameters } from '../../src/training/initial-parameters.ts';
import { tokenStream } from '../../src/training/token-stream.ts';
import { bestParameters, DEFAULTS, losses, type TrainingJob, train } from '../../src/training/train.ts';
import { writeModel } from '../../src/training/write-model.ts';
import { readBooks } from './books.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { steps: { type: 'string', default: '4200' }, folder: { type: 'string', default: 'data/training/starter' } },
});
const config = {
  n_layer: 6,
  n_head: 4,
  n_embd: 200,
  n_inner: 800,
  n_positions: 256,
  vocab_size: 8192,
  layer_norm_epsilon: 1e-5,
  tie_word_embeddings: true,
};
const steps = Number(values.steps);
const settings = { ...DEFAULTS, steps, learningRate: 2e-3, warmupSteps: 200, evaluateEvery: 200 };

const tokenizerJson = gpt2Prefix(config.vocab_size);
const tokenizer = createTokenizer(tokenizerJson);
const books = readBooks(positionals);
if (books.train.length === 0 || books.validation.length === 0) {
  console.error('error: expected JSON lines of books, those for validation (books.ts) among them');
  console.error('  npm run starter -- TEXTS.jsonl …');
  process.exit(1);
}
const job: TrainingJob = {
  config,
  settings,
  initial: initialParameters(config, settings.seed),
  train: tokenStream(books.train, tokenizer),
  validation: tokenStream(books.validation, tokenizer),
  folder: values.folder,
};
console.error(`${job.train.length} tokens to train on, ${job.validation.length} held out for validation`);

for await (const { step, tokens, loss, validationLoss, gradientNorm, seconds } of train(job)) {
  if (step % 20 !== 0 && validationLoss === undefined) continue;
  if (step === 0) {
    console.error(`untrained  validation ${loss.toFixed(4)}`);
    continue;
  }
  const left = ((steps - step) * seconds) / step / 60;
  const looked = validationLoss === undefined ? '' : `  validation ${validationLoss.toFixed(4)}`;
  console.error(
    `${step}/${steps}  loss ${loss.toFixed(3)}  norm ${gradientNorm.toFixed(2)}  ${Math.round(tokens / seconds)} tokens/s  ${left.toFixed(0)} min left${looked}`,
  );
}

writeModel(path.dirname(import.meta.filename), {
  config,
  tokenizer: JSON.stringify(tokenizerJson),
  endOfText: tokenizer.endOfText,
  parameters: bestParameters(job.folder),
  run: { settings, trainTokens: job.train.length, validationTokens: job.validation.length, losses: losses(job.folder).filter((record) => record.validationLoss !== undefined || record.step % 50 === 0) },
});
