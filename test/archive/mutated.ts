/** Damages exports in a process apart, which must live through it within its memory, and give a sign of life after each. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import path from 'node:path';
import type { Format } from '../../src/archive/format.ts';
import type { Files } from './in-memory-export.ts';
import type { ContainerKind } from './mutated-container.ts';
import type { Sign, Trial } from './try-mutations.ts';

/** Of objects, in MB: several times what a sample and its posts take. */
const MOST_HEAP = 96;
/** Of all that the process holds, in kB: what an import of any size may take. */
const MOST_RESIDENT = 300_000;
/** One run takes milliseconds; who is silent for so long hangs, however slow the machine. */
const SILENCE_MS = 90_000;

/** Whatever is done to `files`, the format omits, or throws what a person can read; it never crashes, hangs or floods, and what it gives are posts. */
export async function assertSurvives(
  format: Pick<Format, 'name'>,
  files: Files,
  me: readonly string[] = [],
  runs = 150,
) {
  await assertHolds({ format: format.name, files, me, runs, seed: randomInt(2 ** 31) }, SILENCE_MS);
}

export async function assertContainerSurvives(container: ContainerKind, runs: number): Promise<void> {
  await assertHolds({ container, runs, seed: randomInt(2 ** 31) }, SILENCE_MS);
}

/** Of this test file: started once, as starting takes longer than most trials. */
let child: ChildProcess | undefined;

export async function assertHolds(trial: Trial, silenceMs: number): Promise<void> {
  const trying = (child ??= fork(path.join(import.meta.dirname, 'try-mutations.ts'), {
    execArgv: [`--max-old-space-size=${MOST_HEAP}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  }));
  trying.ref();
  trying.channel?.ref();
  const about = `${'format' in trial ? trial.format : trial.container}, seed ${trial.seed}`;
  try {
    const { resident, failure } = await lastSign(trying, trial, { about, silenceMs });
    if (failure) assert.fail(`${about}: ${failure}`);
    assert.ok(resident < MOST_RESIDENT, `${about}: took ${resident} kB of memory`);
  } catch (error) {
    trying.kill('SIGKILL');
    child = undefined;
    throw error;
  } finally {
    trying.unref();
    trying.channel?.unref();
  }
}

interface Waiting {
  readonly about: string;
  readonly silenceMs: number;
}

async function lastSign(trying: ChildProcess, trial: Trial, { about, silenceMs }: Waiting): Promise<Sign> {
  const { promise, resolve, reject } = Promise.withResolvers<Sign>();
  let runs = 0;
  const onSilence = () => reject(new assert.AssertionError({ message: `${about}: hangs after ${runs} runs` }));
  const onExit = (code: number | null, signal: string | null) =>
    reject(
      new assert.AssertionError({
        message: `${about}: ended with ${signal ?? code} after ${runs} runs, as without memory`,
      }),
    );
  let silence = setTimeout(onSilence, silenceMs);
  const onSign = (sign: Sign) => {
    clearTimeout(silence);
    runs = sign.runs;
    if (sign.failure !== undefined) resolve(sign);
    else silence = setTimeout(onSilence, silenceMs);
  };
  trying.on('message', onSign);
  trying.once('exit', onExit);
  try {
    trying.send(trial);
    return await promise;
  } finally {
    clearTimeout(silence);
    trying.off('message', onSign);
    trying.off('exit', onExit);
  }
}
