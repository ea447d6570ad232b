/** From a persona, its corpora and a model to a training with every setting settled: the same plan is the same training. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { NamedCorpus } from '../corpus/corpora.ts';
import { UserError } from '../errors.ts';
import { type ModelFolder, readFloatModel } from '../model/model-folder.ts';
import { modelHash } from '../model/model-hash.ts';
import { readTensor } from '../model/safetensors.ts';
import { loadTokenizer } from '../model/tokenizer.ts';
import type { Persona } from '../persona/persona.ts';
import { initialAdapter } from './adapter-parameters.ts';
import { rowsInEpoch } from './data/batches.ts';
import { tokenDocument } from './data/token-documents.ts';
import { type Corpora, contextLength, figuresOf, hashOf, readCorpora } from './data/training-corpora.ts';
import { ADAMW, DEFAULTS, defaultLearningRate, LORA, METHOD } from './defaults.ts';
import { planMemory } from './memory-plan.ts';
import type { CorpusFigures, Setting } from './report/training-report.ts';
import { adapterFiles, loadTensors, type ModelFiles, valuesOf, wholeModelFiles } from './run/model-files.ts';
import { newestRun, type RunPlan, unfinishedRun } from './run/run-folder.ts';
import { MEMORY, settingsTold } from './settings-told.ts';
import type { Stage, StageCorpus, TrainingJob, TrainingSettings } from './train.ts';
import type { LoraSettings, Method } from './trainable.ts';

/** What a command says beyond persona.yaml. */
export interface Overrides {
  readonly from?: string | undefined;
  /** Texts to learn instead of the corpora. */
  readonly text?: string | undefined;
  readonly method?: 'full' | 'lora' | undefined;
  readonly epochs?: number | undefined;
  readonly learningRate?: number | undefined;
  readonly seed?: number | undefined;
  /** Bytes that it may take; a share of what is free where it is left out. */
  readonly memory?: number | undefined;
  readonly stages?: Persona['train']['stages'] | undefined;
}

export interface Plan extends RunPlan {
  readonly persona: string;
  readonly base: string;
  /** SHA-256 of config, tokenizer and weights. */
  readonly baseHash: string;
  /** SHA-256 of every document's tokens, by corpus and part. */
  readonly dataHash: string;
  readonly method: 'full' | 'lora';
  /** At most, in all stages. */
  readonly steps: number;
  readonly settings: readonly Setting[];
  readonly corpora: readonly (CorpusFigures & Pick<NamedCorpus, 'owner' | 'licence'>)[];
}

export interface PlannedTraining {
  readonly plan: Plan;
  /** The folder of the model to begin from. */
  readonly base: string;
  readonly job: Omit<TrainingJob, 'folder'>;
  /** How the model lies in models/, where an adapter's base is a name. */
  readonly published: ModelFiles;
  readonly corpora: Corpora;
  /** The corpus that the persona is measured by: the last stage's first. */
  readonly measuredBy: string;
}

/** One file of texts has one stage, whatever persona.yaml says of corpora. */
const TEXT_ALONE = { stages: [{ corpora: { text: 1 } }] };

/** The model that the persona's present one was trained from; its present one where that is nobody's own. */
export function parentOf(persona: Persona, models: string): string {
  return parentIn(path.join(models, persona.model)) ?? persona.model;
}

/** What stands in a model's run.json of its origin; nothing where it has none. */
export function parentIn(folder: string): string | undefined {
  return originOf(folder).parent;
}

/** Whether `model add` brought it from elsewhere. */
export function wasAdded(folder: string): boolean {
  return typeof runIn(folder).source?.addedAt === 'string';
}

function originOf(folder: string): { readonly parent?: string; readonly dataHash?: string } {
  const run = runIn(folder);
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return defined({ parent: text(run.parent), dataHash: text(run.dataHash) });
}

function runIn(folder: string) {
  const file = path.join(folder, 'run.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** @throws UserError where the corpora are too small to be split, or the model cannot be trained. */
export async function planTraining(
  persona: Persona,
  home: string,
  now: Date,
  overrides: Overrides = {},
): Promise<PlannedTraining> {
  const models = path.join(home, 'models');
  const settled = { ...persona.train, ...(overrides.text && TEXT_ALONE), ...defined(overrides) };
  const base = path.join(models, settled.from ?? parentOf(persona, models));
  const model = readBase(base);
  const tokenizer = loadTokenizer(base);
  const corpora = readCorpora(persona, settled.stages, settled.text, (document) => tokenDocument(document, tokenizer));

  const { method = METHOD.value, seed = DEFAULTS.seed.value } = settled;
  const lora = loraOf(settled.lora);
  const usualRate = defaultLearningRate(method, model.config.n_embd);
  const howToMove: Method = method === 'lora' ? { kind: 'lora', base: model, lora } : { kind: 'full' };
  const fitting = planMemory({
    config: model.config,
    method: howToMove,
    length: contextLength(corpora, model.config.n_positions),
    tokensAStep: DEFAULTS.accumulatedTokens.value,
    memory: settled.memory,
  });
  refuseBrokenNumbers(model); // all of it is read, which of what is too large would take minutes
  const settings: TrainingSettings = {
    ...ADAMW,
    microBatch: fitting.shape,
    accumulate: fitting.accumulate,
    recompute: fitting.recompute,
    seed,
    method: howToMove,
    learningRate: settled.learningRate ?? usualRate.value,
    patience: DEFAULTS.patience.value,
  };
  const stages = settled.stages.map((stage): Stage => {
    const parts = Object.entries(stage.corpora).map(([name, share]) => {
      return { name, share, documents: corpora.get(name)!.tokens.train };
    });
    return { corpora: parts, ...stepsOf({ epochs: settled.epochs, ...defined(stage) }, parts, settings) };
  });

  const told = {
    persona: persona.name,
    base: path.basename(base),
    baseHash: await modelHash(base),
    dataHash: hashOf(corpora),
    method,
    settings: settingsTold(settings, stages, {
      train: persona.train,
      overrides,
      lengths: settled.stages,
      rate: usualRate.source,
    }),
  };
  const measuredBy = Object.keys(settled.stages.at(-1)!.corpora)[0]!;
  const files = (adapterBase: string) =>
    method === 'lora' ? adapterFiles({ ...lora, base: adapterBase }) : wholeModel(model, base, tokenizer.endOfText);
  const plan = {
    ...told,
    steps: stages.reduce((sum, { steps }) => sum + steps, 0),
    corpora: figuresOf(corpora),
    fingerprint: fingerprintOf(told, settled.stages),
    started: now.toISOString(),
  };
  return {
    plan,
    base,
    corpora,
    published: files(path.basename(base)),
    measuredBy,
    job: {
      measuredBy,
      config: model.config,
      initial: () =>
        method === 'lora' ? initialAdapter(model.config, lora, seed) : loadTensors(valuesOf(model.weights)),
      files: files(path.resolve(base)),
      stages,
      validation: new Map([...corpora].map(([name, { tokens }]) => [name, tokens.validation])),
      settings,
    },
  };
}

/**
 * Whether the newest finished run learned these very texts, or where there is none the model that was, and no run of this plan
 * waits to go on.
 * @param model the persona's own.
 */
export function isLearned(runs: string, model: string, { fingerprint, dataHash }: Plan): boolean {
  if (unfinishedRun(runs, fingerprint) !== undefined) return false;
  const newest = newestRun<Plan>(runs) ?? originOf(model);
  return newest.dataHash === dataHash;
}

/**
 * What fits into memory may differ when a training goes on; the rows of a step, and so what is learned, do not. Nor does it
 * matter who says a value.
 */
function fingerprintOf(
  { settings, ...told }: Omit<Plan, 'fingerprint' | 'started' | 'corpora' | 'steps'>,
  stages: object,
): string {
  const lasting = settings.filter(({ source }) => source !== MEMORY).map(({ name, value }) => [name, value]);
  return createHash('sha256')
    .update(JSON.stringify([told, lasting, stages]))
    .digest('hex');
}

/** An adapter learns beside a model, not beside another adapter. */
function readBase(folder: string): ModelFolder {
  const model = readFloatModel(folder);
  if (!model.adapter) return model;
  throw new UserError(`${folder}: expected a whole model to begin from, found an adapter`, {
    hint: `Begin from its base: --from ${path.basename(model.adapter.base)}`,
  });
}

function wholeModel({ config }: ModelFolder, folder: string, endOfText: number): ModelFiles {
  return wholeModelFiles({ config, endOfText, tokenizer: readFileSync(path.join(folder, 'tokenizer.json'), 'utf8') });
}

/** One tensor at a time: all of them are read when the training begins. */
function refuseBrokenNumbers({ weights }: ModelFolder): void {
  for (const name of weights.tensors.keys()) {
    if (readTensor(weights, name).every(Number.isFinite)) continue;
    throw new UserError(`${weights.file}: expected numbers, found some in ${name} that are none (NaN or infinite)`, {
      hint: 'Get the model again: such weights teach nothing but themselves',
    });
  }
}

function loraOf({ r, alpha, dropout, targets }: Persona['train']['lora']): LoraSettings {
  return {
    r: r ?? LORA.r.value,
    alpha: alpha ?? LORA.alpha.value,
    dropout: dropout ?? LORA.dropout.value,
    targetModules: targets ?? LORA.targets.value,
  };
}

type Length = { readonly epochs?: number | undefined; readonly steps?: number | undefined };

function stepsOf({ epochs, steps }: Length, corpora: readonly StageCorpus[], settings: TrainingSettings) {
  const { microBatch, accumulate } = settings;
  const perEpoch = Math.max(1, Math.round(rowsInEpoch(corpora, microBatch.length) / (microBatch.batch * accumulate)));
  const all = steps ?? Math.max(1, Math.round((epochs ?? DEFAULTS.epochs.value) * perEpoch));
  const { warmupEpochs, warmupShare, looksAnEpoch, stepsBetweenLooks } = DEFAULTS;
  return {
    steps: all,
    warmupSteps: Math.ceil(Math.min(perEpoch * warmupEpochs.value, all * warmupShare.value)),
    evaluateEvery: Math.min(Math.ceil(perEpoch / looksAnEpoch.value), stepsBetweenLooks.value),
  };
}

function defined<Settings extends object>(
  settings: Settings,
): { [Key in keyof Settings]: Exclude<Settings[Key], undefined> } {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as never;
}
