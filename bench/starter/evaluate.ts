/** Measures models/starter on the held-out books and writes the result into its README: `npm run starter:evaluate -- TEXTS.jsonl …`. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Books, partOf, readBooks, TEST } from '../../models/starter/books.ts';
import { generate } from '../../src/generation/generate.ts';
import { parameterShapes } from '../../src/model/gpt2-graph.ts';
import { type Model, openModel } from '../../src/model/model.ts';
import { randomFrom } from '../../src/random.ts';
import { initialParameters } from '../../src/training/initial-parameters.ts';
import { wholeModelFiles } from '../../src/training/run/model-files.ts';
import { bitsPerByte, networkNats } from './bits-per-byte.ts';
import { bookTable, listBooks } from './book-list.ts';
import { negativeLogLikelihood, trainNgrams } from './kneser-ney.ts';
import { type LossPoint, lossCurve } from './loss-curve.ts';
import { codeBlock, markdownTable, replaceSection } from './readme-section.ts';
import { humanRepetition, LENGTH, NUCLEUS, PROMPT, sampledRepetition } from './repetition.ts';
import { tokenStream } from './token-stream.ts';

const ORDERS = [3, 4, 5];
const REPETITION = { prompts: 60, samplesEach: 5 };
const SAMPLES = { prompt: '', count: 20, seed: 1, sampling: { ...NUCLEUS, maxTokens: 120 } };

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { model: { type: 'string', default: 'models/starter' } },
});
const books = readBooks(positionals);
const model = await openModel(values.model);
console.error('n-grams …');
const ngram = measureNgrams(books, model);
console.error('networks …');
const starterNats = await Array.fromAsync(books.test, (text) => networkNats(model, [text]));
const starter = bitsPerByte(sum(starterNats), books.test);
const untrained = bitsPerByte(await networkNats(await untrainedLike(model), books.test), books.test);
console.error('samples …');
const human = humanRepetition(model, books.test);
const sampled = await sampledRepetition(model, books.test, REPETITION);
const samples = await generate(model, SAMPLES);

const run: Run = JSON.parse(readFileSync(path.join(values.model, 'run.json'), 'utf8'));
writeFileSync(
  path.join(values.model, 'loss.svg'),
  lossCurve(run.losses, { name: `Kneser-Ney, order ${ngram.order},`, loss: ngram.validationLoss }),
);
const file = path.join(values.model, 'README.md');
const sections = {
  training: trained(),
  measured: measured(),
  samples: listed(),
  books: bookTable(listBooks(positionals), partOf),
};
writeFileSync(
  file,
  Object.entries(sections).reduce(
    (readme, [name, content]) => replaceSection(readme, name, content),
    readFileSync(file, 'utf8'),
  ),
);

function trained(): string {
  const { n_layer, n_head, n_embd, n_positions, vocab_size } = model.config;
  const parameters = [...parameterShapes(model.config).values()].reduce(
    (sum, shape) => sum + shape.reduce((a, b) => a * b),
    0,
  );
  const bytes = statSync(path.join(values.model, 'model.safetensors')).size;
  const looks = run.losses.flatMap(({ step, validationLoss }) => (validationLoss ? [{ step, validationLoss }] : []));
  const best = looks.reduce((a, b) => (b.validationLoss < a.validationLoss ? b : a));
  const last = run.losses.at(-1)!;
  const millions = (count: number) => `${(count / 1e6).toFixed(1)} M`;
  return markdownTable(
    ['', ''],
    [
      [
        'shape',
        `n_layer ${n_layer}, n_head ${n_head}, n_embd ${n_embd}, n_positions ${n_positions}, vocabulary ${vocab_size}`,
      ],
      ['parameters', `${millions(parameters)}, ${(bytes / 1e6).toFixed(1)} MB`],
      ['tokens to train on', millions(run.trainTokens)],
      [
        'trained on',
        `${millions(last.tokens)} tokens: ${last.step} steps, ${(last.tokens / run.trainTokens).toFixed(1)} epochs`,
      ],
      [
        'time',
        `${(last.seconds / 3600).toFixed(1)} h, ${Math.round(last.tokens / last.seconds)} tokens a second, beside other work`,
      ],
      ['best validation loss', `${best.validationLoss.toFixed(3)} nats a token, at step ${best.step}`],
    ],
  );
}

function measured(): string {
  const bits = (value: number) => value.toFixed(3);
  const share = ({ mean, error }: { mean: number; error: number }) => `${mean.toFixed(4)} ± ${error.toFixed(4)}`;
  return `
Held-out books: ${TEST.join(', ')} (${books.test.length} documents, read by nothing above).

${markdownTable(
  ['model', 'bits a byte'],
  [
    ['**starter**', `**${bits(starter)}**`],
    [`Kneser-Ney n-gram, order ${ngram.order}, of the same training tokens`, bits(ngram.bitsPerByte)],
    ['the network before training', bits(untrained)],
    ['every token alike', bits(ngram.uniform)],
  ],
)}

${compared()}

A text costs its tokens and its end of text, each predicted from what stands before it in the text; it is divided by the
text's UTF-8 bytes. The network reads ${model.config.n_positions} tokens in windows that overlap by half. The n-gram is interpolated modified Kneser-Ney
(Chen and Goodman 1998); of the orders ${ORDERS.join(', ')}, the one that is best on the validation books.

${markdownTable(
  [`${LENGTH} tokens each`, 'seq-rep-4', 'texts'],
  [
    ['nucleus samples (top-p 0.95, temperature 1)', share(sampled), String(sampled.texts)],
    ['the held-out books', share(human), String(human.texts)],
  ],
)}

The samples continue ${REPETITION.prompts} passages of the held-out books after ${PROMPT} tokens, ${REPETITION.samplesEach} seeds each; those that end before ${LENGTH} tokens
are too short to compare.`;
}

/** The difference to the n-gram, document by document: 10,000 resamples of the documents (paired bootstrap). */
function compared(): string {
  const random = randomFrom(1);
  const saved = books.test.map((text, index) => ({
    nats: ngram.nats[index]! - starterNats[index]!,
    bytes: Buffer.byteLength(text),
  }));
  const bits = (rows: typeof saved) =>
    sum(rows.map(({ nats }) => nats)) / Math.LN2 / sum(rows.map(({ bytes }) => bytes));
  const resampled = Array.from({ length: 10_000 }, () =>
    bits(saved.map(() => saved[Math.floor(random() * saved.length)]!)),
  );
  resampled.sort((a, b) => a - b);
  const better = saved.filter(({ nats }) => nats > 0).length;
  return `The starter needs ${bits(saved).toFixed(3)} bits a byte less than the n-gram (95 % interval over documents: ${resampled[250]!.toFixed(3)} to ${resampled[9749]!.toFixed(3)}),
and less in ${better} of the ${saved.length} documents.`;
}

function listed(): string {
  const { sampling, seed, count } = SAMPLES;
  return `
From nothing, seeds ${seed} to ${seed + count - 1}, top-p ${sampling.topP}, temperature ${sampling.temperature}, at most ${sampling.maxTokens} tokens; as they came.

${samples.map((sample) => `Seed ${sample.seed}:\n\n${codeBlock(sample.text)}`).join('\n\n')}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** What we read of the run.json that the training left. */
interface Run {
  readonly trainTokens: number;
  readonly losses: readonly (LossPoint & { readonly step: number; readonly seconds: number })[];
}

/** The order that is best on the validation part, and what it does on the test part. */
function measureNgrams({ train, validation, test }: Books, { tokenizer, config }: Model) {
  const stream = (texts: readonly string[]) => tokenStream(texts, tokenizer);
  const trained = stream(train);
  const seen = stream(validation);
  const tried = ORDERS.map((order) => {
    const ngrams = trainNgrams(trained, { order, vocabularySize: config.vocab_size, endOfText: tokenizer.endOfText });
    const validationLoss = negativeLogLikelihood(ngrams, seen) / (seen.length - 1);
    const nats = test.map((text) => negativeLogLikelihood(ngrams, stream([text])));
    return { order, validationLoss, nats, bitsPerByte: bitsPerByte(sum(nats), test) };
  });
  const best = tried.reduce((a, b) => (b.validationLoss < a.validationLoss ? b : a));
  return { ...best, uniform: bitsPerByte((stream(test).length - 1) * Math.log(config.vocab_size), test) };
}

/** A network of the same shape as it is before its first step. */
async function untrainedLike({ config, tokenizer }: Model): Promise<Model> {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-untrained-'));
  try {
    const json = readFileSync(path.join(values.model, 'tokenizer.json'), 'utf8');
    const files = wholeModelFiles({ config, tokenizer: json, endOfText: tokenizer.endOfText });
    files.write(folder, initialParameters(config, 1), 'F16');
    return await openModel(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
