/** Fine-tunes a model on a persona's corpus: the documents for training, nothing of those held out. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readCorpus } from '../corpus/read-corpus.ts';
import { splitCorpus } from '../corpus/split-corpus.ts';
import { UserError } from '../errors.ts';
import { readModelFolder } from '../model/model-folder.ts';
import { readTensor } from '../model/safetensors.ts';
import { loadTokenizer } from '../model/tokenizer.ts';
import type { Persona } from '../persona/persona.ts';
import { tokenStream } from './token-stream.ts';
import { bestParameters, DEFAULTS, losses, lossOf, type TrainingJob, type TrainingSettings } from './train.ts';
import { writeModel } from './write-model.ts';

export interface PersonaTraining extends TrainingJob {
  readonly base: string;
  readonly output: string;
  readonly test: { readonly tokens: Uint32Array; readonly bytes: number };
  readonly documents: { readonly train: number; readonly validation: number; readonly test: number };
}

export interface PersonaTrainingOptions {
  /** The folder of the model to begin from. */
  readonly base: string;
  /** The folder of the model to write. */
  readonly output: string;
  /** Where checkpoints lie. */
  readonly folder: string;
  readonly epochs: number;
  readonly learningRate: number;
}

/** Small corpora are learned by heart within a few epochs: several looks an epoch, and an end soon after the best one. */
const LOOKS_PER_EPOCH = 2;
const PATIENCE = 4;

/** The model that the persona's present one was trained from; its present one where that is nobody's own. */
export function parentOf(persona: Persona, models: string): string {
  return readRun(path.join(models, persona.model)).parent ?? persona.model;
}

export function preparePersonaTraining(persona: Persona, options: PersonaTrainingOptions): PersonaTraining {
  if (!persona.corpusFile) {
    throw new UserError(`${persona.folder}: expected a corpus, found none`, {
      hint: 'Put texts into corpus.jsonl there, one { "id", "text", "source" } a line.',
    });
  }
  if (existsSync(options.output) && readRun(options.output).parent === undefined) {
    throw new UserError(`${options.output}: expected a model trained for ${persona.name}, found another`, {
      hint: 'Rename the persona or that model: training would replace it.',
    });
  }
  const { config, weights } = readModelFolder(options.base);
  const tokenizer = loadTokenizer(options.base);
  const parts = splitCorpus(readCorpus(persona.corpusFile));
  const tokens = (part: keyof typeof parts) =>
    tokenStream(
      parts[part].map(({ text }) => text),
      tokenizer,
    );
  const train = tokens('train');
  const microBatch = { batch: DEFAULTS.microBatch.batch, length: config.n_positions };
  const accumulate = 2;
  const perEpoch = Math.floor(train.length / (accumulate * microBatch.batch * microBatch.length));
  if (perEpoch === 0 || parts.validation.length === 0 || parts.test.length === 0) {
    const least = 2 * accumulate * microBatch.batch * microBatch.length;
    throw new UserError(
      `${persona.corpusFile}: expected some ${least} tokens or more in 40 texts, found ${train.length}`,
      {
        hint: 'Add texts; below some 30,000 words a persona learns its texts by heart.',
      },
    );
  }
  const settings: TrainingSettings = {
    ...DEFAULTS,
    microBatch,
    accumulate,
    learningRate: options.learningRate,
    steps: Math.round(options.epochs * perEpoch),
    warmupSteps: Math.ceil(perEpoch / 2),
    evaluateEvery: Math.ceil(perEpoch / LOOKS_PER_EPOCH),
    patience: PATIENCE,
  };
  const initial = new Map([...weights.tensors.keys()].map((name) => [name, readTensor(weights, name)]));
  return {
    base: options.base,
    output: options.output,
    folder: options.folder,
    config,
    settings,
    initial,
    train,
    validation: tokens('validation'),
    test: {
      tokens: tokens('test'),
      bytes: parts.test.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0),
    },
    documents: { train: parts.train.length, validation: parts.validation.length, test: parts.test.length },
  };
}

export interface PersonaResult {
  /** Bits a UTF-8 byte of the test part, which neither training nor its stopping has seen. */
  readonly bitsPerByte: { readonly base: number; readonly persona: number };
}

/** Writes the best parameters as a model, with how it was made and what it reaches on the test part. */
export async function finishPersonaTraining(training: PersonaTraining): Promise<PersonaResult> {
  const { test, initial, folder, base, output } = training;
  const parameters = bestParameters(folder);
  const bits = async (tensors: typeof initial) =>
    ((await lossOf(training, tensors, test.tokens)) * (test.tokens.length - 1)) / test.bytes / Math.LN2;
  const result = { bitsPerByte: { base: await bits(initial), persona: await bits(parameters) } };
  writeModel(output, {
    config: training.config,
    tokenizer: readFileSync(path.join(base, 'tokenizer.json'), 'utf8'),
    endOfText: loadTokenizer(base).endOfText,
    parameters,
    run: {
      parent: path.basename(base),
      documents: training.documents,
      settings: training.settings,
      ...result,
      losses: losses(folder),
    },
  });
  return result;
}

/** What stands in a model's run.json of its origin; nothing where it has none. */
function readRun(folder: string): { readonly parent?: string } {
  const file = path.join(folder, 'run.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}
