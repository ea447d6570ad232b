/** One curator, one seed, one way of labelling: three hundred decisions, the selector, the adapter, and what becomes of the queue. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tryOut } from '../../src/learning/adapter/acceptance.ts';
import { chooseStrength, STRENGTH_SAMPLES } from '../../src/learning/adapter/choose-strength.ts';
import { GATE, gateRows, type LearnedNumbers, type LearnedRow, mayBeTried } from '../../src/learning/adapter/gate.ts';
import { looksOf, measureLearned } from '../../src/learning/adapter/measure-learned.ts';
import { measuredSamples } from '../../src/learning/adapter/measured-samples.ts';
import { planLearning } from '../../src/learning/adapter/plan-learning.ts';
import { proxyOf } from '../../src/learning/adapter/proxy.ts';
import { voiceSamples } from '../../src/learning/adapter/voice-samples.ts';
import type { Example } from '../../src/learning/selector/example.ts';
import type { Selector } from '../../src/learning/selector/selector.ts';
import { loadPersona } from '../../src/persona/load-persona.ts';
import { randomFrom } from '../../src/random.ts';
import { loadBest } from '../../src/training/run/checkpoint.ts';
import { losses, train } from '../../src/training/train.ts';
import { ROOT } from '../example-home.ts';
import { type Curator, tuned, verdict } from './curators.ts';
import { contextOf, type MeasuredDraft, measuredPool } from './measured-pool.ts';
import { pool } from './pool.ts';
import { CHECKPOINTS, ranked, type Teaching, teach } from './teach.ts';

export interface Condition {
  readonly curator: Curator;
  readonly seed: number;
  readonly teaching: Teaching;
}

/** Texts that the rule likes, and texts that the curator would approve, of so many. */
export interface Share {
  readonly liked: number;
  readonly approved: number;
  readonly of: number;
}

export interface Outcome {
  readonly curator: string;
  readonly seed: number;
  readonly teaching: Teaching;
  readonly likes: string;
  /** Drafts with a picked text, of the three hundred. */
  readonly picked: number;
  /** Every text that passes the gates; the first by the priors; the first by the selector after so many decisions. */
  readonly base: Share;
  readonly prior: Share;
  readonly selector: Readonly<Record<number, Share>>;
  /** Of the texts that the adapter writes: every one, and the first by the selector. Absent where no adapter was taught. */
  readonly adapter?: {
    readonly steps: number;
    /** How much of what was trained leaves the voice its variety. */
    readonly strength: number;
    readonly every: Share;
    readonly first: Share;
    readonly numbers: LearnedNumbers;
    readonly rows: readonly LearnedRow[];
    readonly mayBeTried: boolean;
    readonly trial: ReturnType<typeof tryOut>;
  };
  readonly seconds: number;
}

export interface Settings {
  readonly folder: string;
  readonly persona: string;
  readonly decisions: number;
  readonly testDrafts: number;
  readonly adapterDrafts: number;
  /** Whether an adapter is taught as well. */
  readonly withAdapter: boolean;
}

export function outcomeFile(folder: string, { curator, seed, teaching }: Condition): string {
  return path.join(folder, 'outcomes', `${curator.name}-${seed}-${teaching}.json`);
}

export async function runCondition(condition: Condition, settings: Settings): Promise<Outcome> {
  const file = outcomeFile(settings.folder, condition);
  if (existsSync(file)) {
    const kept: Outcome = JSON.parse(readFileSync(file, 'utf8'));
    if (kept.adapter || !settings.withAdapter) return kept;
  }
  const outcome = await measured(condition, settings);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.unfinished`, `${JSON.stringify(outcome, null, 2)}\n`);
  renameSync(`${file}.unfinished`, file);
  return outcome;
}

/** Pools are for all curators: to be tuned on, to be taught with (one a seed), and to be tested on. */
export async function sharedPools({ folder, persona: name, testDrafts, decisions }: Settings) {
  const { persona, model, base } = personaOf(name);
  const measured = async (file: string, drafts: number, seed: number) => {
    const place = path.join(folder, 'pools', `${file}.jsonl`);
    return measuredPool(place, await pool(place, { persona, model, drafts, seed }), { persona, model, base });
  };
  return {
    tune: () => measured('tune', 60, 1_000_000),
    test: () => measured('test', testDrafts, 2_000_000),
    teach: (seed: number) => measured(`teach-${seed}`, decisions, 10_000_000 * seed),
  };
}

function personaOf(name: string) {
  const persona = loadPersona(path.join(ROOT, 'personas', name));
  return {
    persona,
    model: path.join(ROOT, 'models', persona.model),
    base: path.join(ROOT, 'models', 'starter'),
  };
}

async function measured({ curator, seed, teaching }: Condition, settings: Settings): Promise<Outcome> {
  const began = performance.now();
  const { persona } = personaOf(settings.persona);
  const pools = await sharedPools(settings);
  const threshold = tuned(
    curator,
    (await pools.tune()).flatMap((draft) => passing(draft).map(({ body }) => body)),
  );
  const { decided, examples, selectors } = teach({
    curator,
    threshold,
    drafts: await pools.teach(seed),
    decisions: settings.decisions,
    teaching,
    seed,
    keep: persona.quality.keep,
    temperature: persona.sampling.temperature,
  });
  const verdicts = randomFrom(seed + 1_000);
  const shareOf = (bodies: readonly string[]): Share => {
    const liked = bodies.map((body) => curator.liking(body) >= threshold);
    return {
      liked: liked.filter(Boolean).length,
      approved: liked.filter((one) => verdict(curator, one, verdicts)).length,
      of: bodies.length,
    };
  };
  const test = (await pools.test()).map(passing).filter((draft) => draft.length > 0);
  const firsts = (drafts: readonly MeasuredDraft[], selector: Selector | undefined) =>
    drafts.map((draft) => ranked(draft, selector)[0]!.body);
  const bodies = (drafts: readonly MeasuredDraft[]) => drafts.flat().map(({ body }) => body);
  const selector = selectors.get(Math.max(...selectors.keys()));
  const told = {
    curator: curator.name,
    seed,
    teaching,
    likes: curator.likes(threshold),
    picked: decided.filter(({ approved }) => approved).length,
    base: shareOf(bodies(test)),
    prior: shareOf(firsts(test, undefined)),
    selector: Object.fromEntries(
      CHECKPOINTS.flatMap((count) => {
        const then = selectors.get(count);
        return then ? [[count, shareOf(firsts(test, then))]] : [];
      }),
    ),
  };
  if (!settings.withAdapter) return { ...told, seconds: (performance.now() - began) / 1000 };

  const taught = await taughtAdapter({ curator, seed, teaching }, settings, { decided, examples });
  const written = taught.drafts.map(passing).filter((draft) => draft.length > 0);
  const approves = (body: string) => verdict(curator, curator.liking(body) >= threshold, verdicts);
  return {
    ...told,
    adapter: {
      steps: taught.steps,
      strength: taught.strength,
      every: shareOf(bodies(written)),
      first: shareOf(firsts(written, selector)),
      numbers: taught.numbers,
      rows: taught.rows,
      mayBeTried: taught.mayBeTried,
      trial: tryOut(firsts(written, selector).map(approves), firsts(test, selector).map(approves)),
    },
    seconds: (performance.now() - began) / 1000,
  };
}

const passing = (draft: MeasuredDraft) => draft.filter(({ passed }) => passed);

interface Lessons {
  readonly decided: Parameters<typeof planLearning>[3];
  readonly examples: readonly Example[];
}

/** As `eidolon learn` does it: planned, trained, measured, and judged by the gate. */
async function taughtAdapter(condition: Condition, settings: Settings, { decided, examples }: Lessons) {
  const { folder, adapterDrafts } = settings;
  const { persona, model, base } = personaOf(settings.persona);
  const name = `${condition.curator.name}-${condition.seed}-${condition.teaching}`;
  const run = path.join(folder, 'runs', name);
  const planned = await planLearning(persona, ROOT, new Date(), decided);
  if (!existsSync(path.join(run, 'trained'))) {
    for await (const _ of train({ ...planned.job, folder: run })) {
      // It goes on by itself; what it learned is looked at afterwards.
    }
    writeFileSync(path.join(run, 'trained'), '');
    rmSync(path.join(run, 'latest'), { recursive: true, force: true });
  }
  const { files } = planned.job;
  const { strength, folder: taught } = await chooseStrength({
    persona,
    present: model,
    trained: new Map(loadBest(run, files)),
    write(tensors) {
      files.write(path.join(run, 'strengthened'), tensors, 'F32');
      return path.join(run, 'strengthened');
    },
    seed: 555_000,
    presentSamples: await presentSamples(settings, 555_000, STRENGTH_SAMPLES),
  });
  const context = contextOf(persona);
  const seed = 777_000;
  const { numbers } = await measureLearned({
    persona,
    checkpoint: model,
    present: model,
    taught,
    corpora: planned.corpora,
    heldOut: planned.taught.test,
    earlier: [],
    seed,
    looks: looksOf(losses(run)),
    proxy: proxyOf(examples, (samples) => measuredSamples({ checkpoint: model, base, context }, samples)),
    presentSamples: await presentSamples(settings, seed, GATE.samples),
  });
  const rows = gateRows(numbers);
  const place = path.join(folder, 'pools', `${name}.jsonl`);
  const written = await pool(place, { persona, model: taught, drafts: adapterDrafts, seed: 3_000_000 });
  const drafts = await measuredPool(place, written, { persona, model, base });
  const steps = losses(run).at(-1)?.step ?? 0;
  return { steps, strength, numbers, rows, mayBeTried: mayBeTried(rows), drafts };
}

/** The same for every adapter: what the persona's model writes for the gate. */
async function presentSamples({ folder, persona: name }: Settings, seed: number, count: number) {
  const { persona, model } = personaOf(name);
  const file = path.join(folder, 'pools', `present-${seed}.json`);
  if (!existsSync(file)) {
    const samples = await voiceSamples(model, persona, { count, seed });
    writeFileSync(`${file}.unfinished`, JSON.stringify(samples));
    renameSync(`${file}.unfinished`, file);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Awaited<ReturnType<typeof voiceSamples>>;
}
