/**
 * Twenty personas ask the model host at random for as long as is said: `node soak.ts --minutes 120`. Some change their mind, some
 * are a person at a prompt, and every five minutes the thread is killed. Afterwards: every request was settled, what a seed wrote
 * is written again, and memory is where it was.
 */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { WorldError } from '../src/errors.ts';
import type { GenerateCall, HostAnswers } from '../src/host/host-calls.ts';
import { startModelHost } from '../src/host/model-host.ts';
import { createLog } from '../src/log.ts';
import { readModelFolder } from '../src/model/model-folder.ts';
import { loraModules, writeAdapter } from '../src/model/peft.ts';
import { normal, type Random, randomFrom } from '../src/random.ts';
import { median, ROOT, row } from './example-home.ts';

const { values: options } = parseArgs({
  options: { minutes: { type: 'string', default: '120' }, seed: { type: 'string', default: '1' } },
});
const MINUTES = Number(options.minutes);
/** What the last quarter may take more than the first: less is the system's caches and other work. */
const MOST_GROWTH = 0.15;
const PERSONAS = 20;
const KILL_EVERY_MS = 300_000;
/** Before this, models are opened and buffers grow. */
const WARM_MS = Math.min(120_000, MINUTES * 15_000);

const home = mkdtempSync(path.join(tmpdir(), 'eidolon-soak-'));
for (const name of ['starter', 'ambrose']) symlinkSync(path.join(ROOT, 'models', name), path.join(home, name));
const chance = randomFrom(Number(options.seed));
const folders = Array.from({ length: PERSONAS }, (_, index) =>
  index < 2 ? path.join(home, index === 0 ? 'starter' : 'ambrose') : randomAdapter(index),
);

let thread: Worker | undefined;
process.on('worker', (started) => {
  thread = started;
});
const host = startModelHost(createLog({ level: 'silent' }));
const outcomes = { answered: 0, scored: 0, cancelled: 0, busy: 0, diedTwice: 0, lost: 0 };
const lost = new Set<string>();
const remembered: { readonly call: GenerateCall; readonly texts: HostAnswers['generate']['generated'] }[] = [];
const memory: { readonly at: number; readonly bytes: number }[] = [];
const waits: number[] = [];
const begun = performance.now();
const elapsed = () => performance.now() - begun;
const isOver = () => elapsed() > MINUTES * 60_000;
let kills = 0;

const watching = setInterval(() => memory.push({ at: elapsed(), bytes: process.memoryUsage.rss() }), 1_000);
const killing = setInterval(() => {
  kills++;
  thread?.postMessage(null); // an error that nothing catches
}, KILL_EVERY_MS);
await Promise.all(folders.map((folder, index) => live(folder, randomFrom(1000 + index))));
clearInterval(killing);
clearInterval(watching);

let different = 0;
for (const { call, texts } of remembered) {
  const again = await host.generate({ ...call, deadlineMs: 600_000 });
  if (JSON.stringify(again.generated) !== JSON.stringify(texts)) different++;
}
const { restarts, tokens } = await host.figures();
await host.close();
rmSync(home, { recursive: true });
report();

/** A persona asks, waits for the answer or loses patience, and asks again. */
async function live(folder: string, random: Random): Promise<void> {
  while (!isOver()) {
    await wait(random() * 4_000);
    const patience = new AbortController();
    const isImpatient = random() < 0.15;
    const timer = setTimeout(() => patience.abort(), isImpatient ? random() * 1_500 : 600_000);
    const asked = performance.now();
    try {
      if (random() < 0.1) {
        await host.score({ folder, texts: ['A day.', 'A longer text than that, which is scored.'] }, patience.signal);
        outcomes.scored++;
      } else {
        const call = callOf(folder, random);
        const { generated } = await host.generate(call, patience.signal);
        if (generated.length !== call.count) throw new Error('An answer has too few texts');
        outcomes.answered++;
        waits.push(performance.now() - asked);
        if (remembered.length < 200 && random() < 0.05) remembered.push({ call, texts: generated });
      }
    } catch (error) {
      if (patience.signal.aborted) outcomes.cancelled++;
      else if (error instanceof WorldError && /busy/.test(error.message)) outcomes.busy++;
      else if (error instanceof WorldError && /stopped before/.test(error.message)) outcomes.diedTwice++;
      else {
        outcomes.lost++;
        lost.add(String(error));
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

function callOf(folder: string, random: Random): GenerateCall {
  const prompts = ['', 'POLITICS, n.', 'The night was long, and when it was over nobody remembered how it had begun.'];
  return {
    folder,
    prompt: prompts[Math.floor(random() * prompts.length)]!,
    count: 1 + Math.floor(random() * 8),
    seed: Math.floor(random() * 2 ** 31),
    sampling: { temperature: 0.9, topK: 0, topP: 0.95, repetitionPenalty: 1, maxTokens: 8 + Math.floor(random() * 72) },
    waiter: random() < 0.1 ? 'person' : random() < 0.3 ? 'reply' : 'post',
  };
}

function randomAdapter(index: number): string {
  const base = path.join(home, 'starter');
  const folder = path.join(home, `persona-${index}`);
  const targetModules = index % 3 === 0 ? ['c_attn'] : ['c_attn', 'c_proj', 'c_fc'];
  const r = [4, 8, 16][index % 3]!;
  const values = (length: number) => Float32Array.from({ length }, () => 0.02 * normal(chance));
  const modules = loraModules(readModelFolder(base).config, targetModules);
  const tensors = modules.flatMap((module): [string, Float32Array][] => [
    [`${module.name}.lora_A.weight`, values(r * module.in)],
    [`${module.name}.lora_B.weight`, values(module.out * r)],
  ]);
  writeAdapter(folder, { base, r, alpha: 2 * r, dropout: 0, targetModules, tensors: new Map(tensors) });
  return folder;
}

function report(): void {
  const warm = memory.filter(({ at }) => at > WARM_MS);
  const quarter = Math.floor(warm.length / 4);
  const megabytes = (samples: typeof memory) => median(samples.map(({ bytes }) => bytes)) / 1e6;
  const [first, last] = [megabytes(warm.slice(0, quarter)), megabytes(warm.slice(-quarter))];
  row(`${PERSONAS} personas, ${MINUTES} minutes`, '');
  row('---', '---');
  row('answered', outcomes.answered);
  row('scored', outcomes.scored);
  row('cancelled by who asked', outcomes.cancelled);
  row('refused as busy, to be tried again', outcomes.busy);
  row('failed, to be tried again: their thread was killed twice', outcomes.diedTwice);
  row('lost', `${outcomes.lost} (bound: 0)${[...lost].map((error) => `; ${error}`).join('')}`);
  row('thread killed, started again with requests', `${kills}, ${restarts}`);
  row('asked again afterwards, alone', `${remembered.length}, of which ${different} differ`);
  row('median wait for an answer', `${(median(waits) / 1000).toFixed(2)} s`);
  row('resident, median of the first quarter', `${first.toFixed(0)} MB`);
  row(
    'resident, median of the last quarter',
    `${last.toFixed(0)} MB (${(100 * (last / first - 1)).toFixed(1)} %; bound: ${100 * MOST_GROWTH} %)`,
  );
  row('resident, highest', `${(Math.max(...memory.map(({ bytes }) => bytes)) / 1e6).toFixed(0)} MB`);
  if (tokens === 0 || outcomes.lost > 0 || different > 0 || last > (1 + MOST_GROWTH) * first) process.exitCode = 1;
}
