/** Makes models/starter: `npm run starter -- TEXTS.jsonl …`. Stop it when you like; the same command goes on. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { gpt2Prefix } from '../../src/model/gpt2-vocabulary.ts';
import { createTokenizer } from '../../src/model/tokenizer.ts';
import { loadBest } from '../../src/training/run/checkpoint.ts';
import { ADAMW } from '../../src/training/defaults.ts';
import { initialParameters } from '../../src/training/initial-parameters.ts';
import { wholeModelFiles } from '../../src/training/run/model-files.ts';
import { learnedTokens, tokenDocument } from '../../src/training/data/token-documents.ts';
import { losses, type TrainingJob, type TrainingSettings, train as trainingSteps } from '../../src/training/train.ts';
import { writeModel } from '../../src/training/run/write-model.ts';
import { beginWith, KEEPS_FREED_MEMORY } from '../../src/malloc.ts';
import { readBooks } from './books.ts';

beginWith(KEEPS_FREED_MEMORY);

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
const settings: TrainingSettings = {
  ...ADAMW,
  method: { kind: 'full' },
  microBatch: { batch: 4, length: 256 }, // larger ones were slower on two cores: their buffers leave the cache
  accumulate: 4,
  recompute: false,
  learningRate: 2e-3,
  patience: Number.POSITIVE_INFINITY,
};
const steps = Number(values.steps);

const tokenizerJson = gpt2Prefix(config.vocab_size);
const tokenizer = createTokenizer(tokenizerJson);
const books = readBooks(positionals);
if (books.train.length === 0 || books.validation.length === 0) {
  console.error('error: expected JSON lines of books, those for validation (books.ts) among them');
  console.error('  npm run starter -- TEXTS.jsonl …');
  process.exit(1);
}
const documents = (texts: readonly string[]) =>
  texts.map((text, index) => tokenDocument({ id: String(index), text, source: 'books' }, tokenizer));
const [train, validation] = [documents(books.train), documents(books.validation)];
const files = wholeModelFiles({ config, tokenizer: JSON.stringify(tokenizerJson), endOfText: tokenizer.endOfText });
const job: TrainingJob = {
  config,
  settings,
  files,
  initial: () => initialParameters(config, settings.seed),
  stages: [{ corpora: [{ name: 'books', documents: train, share: 1 }], steps, warmupSteps: 200, evaluateEvery: 200 }],
  validation: new Map([['books', validation]]),
  folder: values.folder,
};
const [trainTokens, validationTokens] = [train, validation].map(learnedTokens);
console.error(`${trainTokens} tokens to train on, ${validationTokens} held out for validation`);

for await (const { step, tokens, loss, validationLoss, gradientNorm, seconds } of trainingSteps(job)) {
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

writeModel(path.dirname(import.meta.filename), (folder) => {
  files.write(folder, new Map(loadBest(job.folder, files)), 'F16');
  const kept = losses(job.folder).filter((record) => record.validationLoss !== undefined || record.step % 50 === 0);
  writeFileSync(
    path.join(folder, 'run.json'),
    `${JSON.stringify({ settings: { ...settings, steps }, trainTokens, validationTokens, losses: kept }, null, 2)}\n`,
  );
});
