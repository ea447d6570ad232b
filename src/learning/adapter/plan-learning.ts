/**
 * From what the owner decided to a training with every setting settled: rejection-sampling fine-tuning (the approved texts
 * among many) with replay. Always from the persona's own model as it is, never from an earlier adapter.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import { type ModelFolder, readFloatModel } from '../../model/model-folder.ts';
import { modelHash } from '../../model/model-hash.ts';
import { baseFolder } from '../../model/peft.ts';
import { loadTokenizer } from '../../model/tokenizer.ts';
import type { Persona } from '../../persona/persona.ts';
import { LEARNING } from '../../persona/settings.ts';
import { randomFrom, shuffled } from '../../random.ts';
import { rowsInEpoch } from '../../training/data/batches.ts';
import { learnedTokens, type TokenDocument, tokenDocument } from '../../training/data/token-documents.ts';
import { type Corpora, hashOf, readCorpora } from '../../training/data/training-corpora.ts';
import { ADAMW, DEFAULTS } from '../../training/defaults.ts';
import { planMemory } from '../../training/memory-plan.ts';
import type { Setting } from '../../training/report/training-report.ts';
import { adapterFiles } from '../../training/run/model-files.ts';
import { isUnfinished, newestRun, type RunPlan, readPlan, runIds } from '../../training/run/run-folder.ts';
import type { Stage, TrainingJob, TrainingSettings } from '../../training/train.ts';
import type { LoraSettings, Method } from '../../training/trainable.ts';
import { GATE } from './gate.ts';
import { loraBeside, startBeside } from './lora-beside.ts';
import { type DecidedText, splitTaught, type TaughtParts } from './taught-texts.ts';

/** Fewer texts are learned by heart, and measured by a handful of others they say nothing. */
export const LEAST = { train: 20, validation: 2, test: 5 } as const;

/** Tokens a step, one row: so few texts want many small steps, or three epochs are over before anything has moved. */
const SHORTEST_ROW = 128;
const STEP = 64;
const LOOKS_AN_EPOCH = 2;

export interface LearningPlan extends RunPlan {
  readonly persona: string;
  readonly method: 'rejection sampling' | 'kto' | 'conversation';
  readonly parent: string;
  readonly parentHash: string;
  /** SHA-256 of the approved texts and of the corpus. */
  readonly dataHash: string;
  /** Of the decisions: those whose texts are learned, looked at while learning, and kept for the gate. */
  readonly decisions: {
    readonly train: readonly number[];
    readonly validation: readonly number[];
    readonly test: readonly number[];
  };
  readonly settings: readonly Setting[];
  /** Written down before the first step. */
  readonly gate: typeof GATE;
}

export interface PlannedLearning {
  readonly plan: LearningPlan;
  readonly job: Omit<TrainingJob, 'folder'>;
  /** What the adapter's two files say of themselves in `personas/<persona>/adapters/<id>/`. */
  readonly lora: LoraSettings;
  /** Of the model that holds the whole weights. */
  readonly base: string;
  readonly taught: TaughtParts;
  readonly corpora: Corpora;
}

/** @throws UserError where there is too little to learn from, or to be measured by. */
export async function planLearning(
  persona: Persona,
  home: string,
  now: Date,
  decided: readonly DecidedText[],
): Promise<PlannedLearning> {
  const folder = path.join(home, 'models', persona.model);
  const model = readFloatModel(folder);
  const tokenizer = loadTokenizer(folder);
  const taught = enough(persona.name, decided);
  const corpora = readCorpora(persona, [{ corpora: { mine: 1 } }], undefined, (document) =>
    tokenDocument(document, tokenizer),
  );
  const mine = corpora.get('mine')!.tokens;
  const documents = (texts: readonly DecidedText[]) =>
    texts.map(({ draft, text, context, temperature }) =>
      tokenDocument({ id: `draft ${draft}`, text, source: 'draft', context }, tokenizer, temperature),
    );
  const learned = documents(taught.train);
  const { seed } = persona.learn;
  const replayed = atLeast(shuffled(mine.train, randomFrom(seed)), learnedTokens(learned));

  const lora = loraBeside(model.adapter);
  const whole: ModelFolder = { folder: model.folder, config: model.config, weights: model.weights };
  const method: Method = { kind: 'lora', base: whole, lora };
  const length = rowLength(learned, model.config.n_positions);
  const { recompute } = planMemory({
    config: model.config,
    method,
    length,
    tokensAStep: length,
  });
  const settings: TrainingSettings = {
    ...ADAMW,
    microBatch: { batch: 1, length },
    accumulate: 1,
    recompute,
    seed,
    method,
    learningRate: persona.learn.learningRate,
    patience: DEFAULTS.patience.value,
  };
  const parts = [
    { name: 'taught', documents: learned, share: tokensOf(learned) },
    { name: 'mine', documents: replayed, share: tokensOf(replayed) },
  ];
  const stage = stageOf(parts, settings, persona.learn.epochs);
  const base = baseFolder(folder);
  const plan = {
    persona: persona.name,
    method: 'rejection sampling' as const,
    parent: persona.model,
    parentHash: await modelHash(folder),
    dataHash: dataHash(taught, corpora),
    decisions: decisionsOf(taught),
    settings: told(settings, stage, { persona, learned, replayed }),
    gate: GATE,
  };
  return {
    plan: { ...plan, fingerprint: fingerprintOf(plan), started: now.toISOString() },
    taught,
    corpora,
    lora,
    base,
    job: {
      config: model.config,
      initial: () => startBeside(model, lora, seed),
      files: adapterFiles({ ...lora, base: path.resolve(base) }),
      stages: [stage],
      // A look is the mean of both: what is forgotten counts as what is learned.
      validation: new Map([
        ['taught', documents(taught.validation)],
        ['mine', mine.validation],
      ]),
      settings,
    },
  };
}

/** Whether the newest finished run learned these very texts from this very model, and none waits to go on. */
export function isLearnedAlready(runs: string, { dataHash, parentHash }: LearningPlan): boolean {
  const waits = runIds(runs).some(
    (id) => isUnfinished(runs, id) && readPlan<LearningPlan>(runs, id).dataHash === dataHash,
  );
  if (waits) return false;
  const newest = newestRun<LearningPlan>(runs);
  return newest?.dataHash === dataHash && newest.parentHash === parentHash;
}

/** What there is too little of; nothing where it is enough. All rejected, one decision, none: all of it is too little. */
export function tooLittle(persona: string, decided: readonly DecidedText[]): string | undefined {
  const { train, validation, test } = splitTaught(decided.filter(({ approved }) => approved));
  if (train.length >= LEAST.train && validation.length >= LEAST.validation && test.length >= LEAST.test) {
    return undefined;
  }
  const found = `${train.length}, ${validation.length} and ${test.length} among ${decided.length} decided`;
  return `${persona}: expected ${LEAST.train} approved texts to learn from, ${LEAST.validation} to look at and ${LEAST.test} to be measured by, found ${found}`;
}

function enough(persona: string, decided: readonly DecidedText[]): TaughtParts {
  const lacking = tooLittle(persona, decided);
  if (lacking === undefined) return splitTaught(decided.filter(({ approved }) => approved));
  const hint = `Approve more: eidolon review ${persona}. Until then it goes on with what it has`;
  throw new UserError(lacking, { hint });
}

/** As long as most of what is learned; longer texts are read in pieces. */
function rowLength(documents: readonly TokenDocument[], positions: number): number {
  const lengths = documents.map(({ tokens }) => tokens.length - 1).sort((a, b) => a - b);
  const most = lengths[Math.ceil(0.9 * lengths.length) - 1] ?? SHORTEST_ROW;
  return Math.min(positions, Math.max(SHORTEST_ROW, Math.ceil(most / STEP) * STEP));
}

/** The first documents that hold at least so many tokens together; all where they hold fewer. */
function atLeast(documents: readonly TokenDocument[], tokens: number): readonly TokenDocument[] {
  const chosen: TokenDocument[] = [];
  for (let held = 0; held < tokens && chosen.length < documents.length; ) {
    const next = documents[chosen.length]!;
    chosen.push(next);
    held += learnedTokens([next]);
  }
  return chosen;
}

function stageOf(parts: Stage['corpora'], settings: TrainingSettings, epochs: number): Stage {
  const rows = settings.microBatch.batch * settings.accumulate;
  const perEpoch = Math.max(1, Math.round(rowsInEpoch(parts, settings.microBatch.length) / rows));
  const steps = Math.max(1, Math.round(epochs * perEpoch));
  return {
    corpora: parts,
    steps,
    warmupSteps: Math.ceil(steps * DEFAULTS.warmupShare.value),
    evaluateEvery: Math.ceil(perEpoch / LOOKS_AN_EPOCH),
  };
}

function told(
  { method, microBatch, accumulate, learningRate, seed }: TrainingSettings,
  { steps, evaluateEvery }: Stage,
  {
    persona: { learn },
    learned,
    replayed,
  }: {
    readonly persona: Persona;
    readonly learned: readonly TokenDocument[];
    readonly replayed: readonly TokenDocument[];
  },
): readonly Setting[] {
  if (method.kind !== 'lora') throw new Error('What is taught is an adapter');
  const { r, alpha, dropout, targetModules } = method.lora;
  const protocol = 'the protocol of docs/learning.md';
  const from = (name: keyof typeof LEARNING, usual: string) =>
    learn[name] === LEARNING[name] ? usual : 'persona.yaml';
  return [
    { name: 'rank', value: r, source: protocol },
    { name: 'alpha', value: alpha, source: protocol },
    { name: 'dropout', value: dropout, source: "peft's custom" },
    { name: 'adapted layers', value: targetModules.join(', '), source: protocol },
    { name: 'highest learning rate', value: learningRate, source: from('learningRate', protocol) },
    { name: 'steps at most', value: steps, source: from('epochs', `${LEARNING.epochs} epochs, ${protocol}`) },
    { name: 'steps between looks', value: evaluateEvery, source: 'two looks an epoch' },
    {
      name: 'tokens a step',
      value: microBatch.batch * microBatch.length * accumulate,
      source: 'so few texts want many steps',
    },
    { name: 'looks without a gain before the end', value: DEFAULTS.patience.value, source: DEFAULTS.patience.source },
    { name: 'approved tokens', value: learnedTokens(learned), source: 'decisions' },
    { name: 'temperature of its loss', value: temperaturesOf(learned), source: 'at which each text was drawn' },
    { name: 'tokens of its own corpus', value: learnedTokens(replayed), source: 'at least as many' },
    { name: 'seed', value: seed, source: from('seed', DEFAULTS.seed.source) },
  ];
}

/** 1 of what people wrote. */
function temperaturesOf(documents: readonly TokenDocument[]): string {
  const all = documents.map(({ temperature = 1 }) => temperature).sort((a, b) => a - b);
  const [least, most] = [all[0] ?? 1, all.at(-1) ?? 1];
  return least === most ? String(least) : `${least} to ${most}`;
}

function decisionsOf({ train, validation, test }: TaughtParts): LearningPlan['decisions'] {
  const ids = (texts: readonly DecidedText[]) => texts.map(({ decision }) => decision);
  return { train: ids(train), validation: ids(validation), test: ids(test) };
}

function dataHash(taught: TaughtParts, corpora: Corpora): string {
  const texts = Object.entries(taught).map(([part, all]) => [
    part,
    all.map(({ text, context, temperature }: DecidedText) => [context, temperature, text]),
  ]);
  return createHash('sha256').update(JSON.stringify(texts)).update(hashOf(corpora)).digest('hex');
}

export function fingerprintOf({ settings, ...plan }: Omit<LearningPlan, 'fingerprint' | 'started'>): string {
  return createHash('sha256')
    .update(JSON.stringify([plan, settings]))
    .digest('hex');
}

const tokensOf = (documents: readonly TokenDocument[]) =>
  documents.reduce((sum, { tokens }) => sum + tokens.length - 1, 0);
