/**
 * An adapter that learns while one talks: a small step for each pick, over what the persona speaks with, and gone with the session. It
 * leaves base and adapter of the persona as they are. Blocks its thread while it computes, as all training does.
 */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Turn } from '../../corpus/document.ts';
import { type ModelFolder, readModelFolder } from '../../model/model-folder.ts';
import { baseFolder } from '../../model/peft.ts';
import { loadTokenizer } from '../../model/tokenizer.ts';
import { randomFrom } from '../../random.ts';
import type { Batch, BatchShape } from '../../training/data/batch.ts';
import { batchOf } from '../../training/data/batches.ts';
import { packRows, piecesOf } from '../../training/data/packing.ts';
import { type TokenDocument, tokenDocument } from '../../training/data/token-documents.ts';
import { ADAMW } from '../../training/defaults.ts';
import { adapterFiles } from '../../training/run/model-files.ts';
import { createTrainable, freshState, type Method, type Tensors } from '../../training/trainable.ts';
import { loraBeside, startBeside } from '../adapter/lora-beside.ts';

/** What its owner made of one offer. */
export interface SessionLesson {
  /** What was to be answered, oldest first: read, and never learned. */
  readonly context: readonly Turn[];
  /** What was picked or typed. */
  readonly said: string;
  /** What was offered beside it. */
  readonly others: readonly string[];
}

export interface SessionStep {
  /** Highest change of a weight in one step of AdamW. */
  readonly learningRate: number;
  /** How much a token of the persona's own texts counts beside one of a lesson: what keeps its voice. */
  readonly replay: number;
  /** Of its own texts that are read again in each step. */
  readonly replayed: number;
  /** Earlier picks of the session that are read again in each step, drawn by chance. */
  readonly repeated: number;
  /** How much a token of these counts: only that they were picked. To unlearn again and again what was not has no bottom. */
  readonly repeat: number;
}

/** Measured in bench/chat.ts: replies change at once, and after a hundred picks the persona's own texts are as likely as before. */
export const SESSION_STEP: SessionStep = { learningRate: 2e-3, replay: 0.5, replayed: 4, repeated: 4, repeat: 0.5 };

export interface SessionAdapterOptions {
  /** What the persona speaks with: a model, or an adapter on one. */
  readonly folder: string;
  /** Its own texts, to be read again beside each lesson. */
  readonly own: readonly string[];
  readonly seed: number;
  readonly step?: SessionStep;
}

export interface SessionAdapter {
  /** Learned so far. */
  readonly lessons: number;
  learn(lesson: SessionLesson): Promise<void>;
  /** What moves, as it is now. */
  readonly parameters: Tensors;
  /** As if nothing had been learned. */
  forget(): void;
  /** As a folder that the model host opens; what was there goes. */
  write(folder: string): void;
  release(): Promise<void>;
}

/** Tokens of a row; several texts share one, hidden from each other. */
const LONGEST_ROW = 256;

export async function openSessionAdapter(options: SessionAdapterOptions): Promise<SessionAdapter> {
  const { folder, own, seed, step = SESSION_STEP } = options;
  const model = readModelFolder(folder);
  const tokenizer = loadTokenizer(folder);
  const lora = { ...loraBeside(model.adapter), dropout: 0 };
  const base: ModelFolder = { folder: model.folder, config: model.config, weights: model.weights };
  const method: Method = { kind: 'lora', base, lora };
  const shape = { batch: 1, length: Math.min(LONGEST_ROW, model.config.n_positions) };
  const start = startBeside(model, lora, seed);
  const files = adapterFiles({ ...lora, base: path.resolve(baseFolder(folder)) });
  const replay = own.map((text, index) => tokenDocument({ id: `own ${index}`, text, source: 'corpus' }, tokenizer));

  const trainable = await createTrainable(model.config, method, freshState(start), { shape, adamW: ADAMW });
  const picked: TokenDocument[] = [];
  let random = randomFrom(seed);
  let lessons = 0;
  let replayed = 0;

  return {
    get lessons() {
      return lessons;
    },
    get parameters() {
      return trainable.state.parameters;
    },
    async learn({ context, said, others }) {
      const document = (text: string, index: number) =>
        tokenDocument({ id: `reply ${index}`, text, source: 'chat', context }, tokenizer);
      const replies = [said, ...others].map(document);
      const weighed = weightsOf(replies);
      const again = Array.from({ length: Math.min(step.repeated, picked.length) }, () => {
        return picked[Math.floor(random() * picked.length)]!;
      });
      for (const earlier of new Set(again)) weighed.push({ document: earlier, weight: step.repeat });
      picked.push(replies[0]!);
      for (let count = 0; count < Math.min(step.replayed, replay.length); count++) {
        weighed.push({ document: replay[replayed++ % replay.length]!, weight: step.replay });
      }
      let weight = 0;
      for (const batch of weightedRows(weighed, shape)) {
        await trainable.accumulate(batch);
        weight += batch.weights.reduce((sum, one) => sum + Math.abs(one), 0);
      }
      lessons++;
      const update = { step: lessons, learningRate: step.learningRate, clipNorm: ADAMW.clipNorm, weight };
      const norm = await trainable.update(update);
      if (!Number.isFinite(norm)) throw new Error(`The gradient's norm of lesson ${lessons} is ${norm}`);
    },
    forget() {
      const { parameters, means, variances } = trainable.state;
      for (const [name, values] of parameters) values.set(start.get(name)!);
      for (const moments of [means, variances]) for (const values of moments.values()) values.fill(0);
      [lessons, replayed] = [0, 0];
      picked.length = 0;
      random = randomFrom(seed);
    },
    write(target) {
      const unfinished = `${target}.unfinished`;
      rmSync(unfinished, { recursive: true, force: true });
      mkdirSync(unfinished, { recursive: true });
      files.write(unfinished, trainable.state.parameters, 'F32');
      rmSync(target, { recursive: true, force: true });
      renameSync(unfinished, target);
    },
    release: () => trainable.release(),
  };
}

interface Weighed {
  readonly document: TokenDocument;
  readonly weight: number;
}

/**
 * The policy gradient of being picked, with the mean of the offer as its baseline: what was taken counts by what it was better than
 * the others, and they by what they were worse. Picks that mean nothing add up to nothing.
 */
function weightsOf([said, ...others]: readonly TokenDocument[]): Weighed[] {
  const all = 1 + others.length;
  return [
    { document: said!, weight: others.length > 0 ? others.length / all : 1 },
    ...others.map((document) => ({ document, weight: -1 / all })),
  ];
}

/** Rows of several texts, each with its own weight on every token that is learned. */
export function weightedRows(weighed: readonly Weighed[], shape: BatchShape): Batch[] {
  const weightOf = new Map(weighed.map(({ document, weight }) => [document, weight]));
  const pieces = weighed.flatMap(({ document }) => piecesOf(document, shape.length));
  return packRows(pieces, shape.length).map((row) => {
    const batch = batchOf([row], shape);
    let at = 0;
    for (const { document, start, end } of row) {
      const weight = weightOf.get(document) ?? 0;
      for (let t = start; t < end; t++, at++) batch.weights[at]! *= weight;
    }
    return batch;
  });
}
