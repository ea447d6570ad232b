/** After the last step: the model is written, measured against what it came from, and let in where the gate says so. */
import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import path from 'node:path';
import type { Document } from '../corpus/document.ts';
import { wordCount, wordsOf } from '../corpus/words.ts';
import { executionProviders } from '../model/execution-providers.ts';
import type { Persona } from '../persona/persona.ts';
import { randomFrom } from '../random.ts';
import { seqRep } from '../scoring/repetition.ts';
import type { Corpus } from '../training/data/training-corpora.ts';
import type { Plan, PlannedTraining } from '../training/plan-training.ts';
import { gate } from '../training/report/gate.ts';
import { documentNats } from '../training/report/measure-model.ts';
import { memorisation } from '../training/report/memorisation.ts';
import { bitsPerByte, pairedBootstrap } from '../training/report/paired-bootstrap.ts';
import { reportPage } from '../training/report/report-page.ts';
import type { TrainingReport } from '../training/report/training-report.ts';
import { loadBest } from '../training/run/checkpoint.ts';
import { finishRun, type Run, readSamples } from '../training/run/run-folder.ts';
import { losses, type TrainingStep } from '../training/train.ts';
import { promote } from './promote.ts';
import { sampleFrom } from './train-samples.ts';

/** Enough to see a habit; a second or two of a small model's time. */
const SAMPLES = 40;

export interface Ending {
  readonly persona: Persona;
  readonly planned: PlannedTraining;
  readonly run: Run<Plan>;
  readonly models: string;
  readonly promotes: boolean;
}

export async function finishTraining({ persona, planned, run, models, promotes }: Ending): Promise<TrainingReport> {
  const { job, corpora, measuredBy, published, base } = planned;
  const corpus = corpora.get(measuredBy)!;
  const parameters = new Map(loadBest(run.folder, job.files));
  job.files.write(run.folder, parameters, 'F16');

  const target = path.join(models, persona.name);
  const compare = comparison(corpus);
  const before = await compare(base, run.folder);
  const present = existsSync(target) ? await compare(target, run.folder) : undefined;
  const steps = losses(run.folder);
  const written = await writtenBy(run.folder, persona);
  const learned = [...corpora.values()].flatMap(({ parts }) => parts.train.map(({ text }) => text));
  const remembered = memorisation({
    samples: written,
    training: learned,
    heldOut: heldOutTexts(corpus),
    corpus: sizeOf(corpus),
    losses: lossesAtBest(steps),
  });
  const rows = gate({
    againstBase: before.difference,
    againstPresent: present && { difference: present.difference, bitsPerByte: present.before },
    repetition: { samples: meanRepetition(written), heldOut: meanRepetition(heldOutTexts(corpus)) },
    memorisation: remembered,
  });
  const promoted = promotes && rows.every(({ passed }) => passed);
  const report: TrainingReport & Plan & { readonly parent: string } = {
    ...run.plan,
    id: run.id,
    parent: run.plan.base,
    finished: new Date().toISOString(),
    losses: steps,
    samples: readSamples(run.folder),
    memorisation: remembered,
    bitsPerByte: { base: before.before, trained: before.after },
    gate: { rows, promoted },
    machine: machine(),
  };
  writeFileSync(path.join(run.folder, 'report.html'), reportPage(report));
  if (promoted) promote(target, (folder) => published.write(folder, parameters, 'F16'), report);
  finishRun(run.folder, report);
  return report;
}

/** Bits a byte of the corpus's test part, of two models side by side. */
function comparison({ parts, tokens }: Corpus) {
  const bytes = parts.test.map(({ text }) => Buffer.byteLength(text));
  const known = new Map<string, Promise<number[]>>();
  const natsOf = (folder: string) => {
    if (!known.has(folder)) known.set(folder, documentNats(folder, tokens.test));
    return known.get(folder)!;
  };
  const bits = (nats: readonly number[]) => bitsPerByte(nats, bytes);
  return async (former: string, trained: string) => {
    const [before, after] = [await natsOf(former), await natsOf(trained)];
    const pairs = bytes.map((size, index) => ({ before: before[index]!, after: after[index]!, bytes: size }));
    return { before: bits(before), after: bits(after), difference: pairedBootstrap(pairs, randomFrom(1)) };
  };
}

/** Without the openings that it was given. */
async function writtenBy(folder: string, { prompts, sampling }: Persona): Promise<string[]> {
  const samples = await sampleFrom(folder, prompts, { count: SAMPLES, seed: 1, sampling });
  return samples.map(({ prompt, text }) => text.slice(prompt.length));
}

/** The training's loss around the step whose parameters were kept; nothing where that is what it began from. */
function lossesAtBest(
  steps: readonly TrainingStep[],
): { readonly training: number; readonly validation: number } | undefined {
  const looks = steps.filter(({ step, validationLoss }) => validationLoss !== undefined && step > 0);
  const best = looks.reduce<TrainingStep | undefined>(
    (least, look) => (least && least.validationLoss! <= look.validationLoss! ? least : look),
    undefined,
  );
  if (!best) return undefined;
  const near = steps.filter(({ step, gradientNorm }) => gradientNorm > 0 && step <= best.step && step > best.step - 20);
  return { training: sum(near.map(({ loss }) => loss)) / near.length, validation: best.validationLoss! };
}

function heldOutTexts({ parts }: Corpus): string[] {
  return [...parts.validation, ...parts.test].map(({ text }) => text);
}

function sizeOf({ parts }: Corpus): { readonly documents: number; readonly words: number } {
  const documents: Document[] = [...parts.train, ...parts.validation, ...parts.test];
  return { documents: documents.length, words: sum(documents.map(({ text }) => wordCount(text))) };
}

function meanRepetition(texts: readonly string[]): number {
  return sum(texts.map((text) => seqRep(wordsOf(text), 4))) / Math.max(1, texts.length);
}

function machine(): Record<string, string | number> {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    'memory, GB': Math.round(totalmem() / 2 ** 30),
    node: process.version,
    onnxruntime: executionProviders().version,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
