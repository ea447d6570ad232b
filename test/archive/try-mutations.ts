/** A process of its own that tries what the parent asks for, so that a hang or a flood of memory ends only this one. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import type { Format } from '../../src/archive/format.ts';
import { FORMATS } from '../../src/archive/formats.ts';
import { writtenFormats } from '../../src/archive/written-formats.ts';
import type { Files } from './in-memory-export.ts';
import { type ContainerKind, containerSurvivesDamage } from './mutated-container.ts';
import { survivesDamage } from './mutated-export.ts';
import { TOYS } from './toy-formats.ts';

export type Trial = { readonly seed: number; readonly runs: number } & (
  | { readonly format: string; readonly files: Files; readonly me: readonly string[] }
  | { readonly container: ContainerKind }
);

/** After each run, and at the end. */
export interface Sign {
  readonly runs: number;
  /** At most until now, in kB. */
  readonly resident: number;
  /** At the end: what did not hold, or nothing. */
  readonly failure?: string | null;
}

const formats: readonly Format[] = [...FORMATS, ...writtenFormats(), ...TOYS];

process.on('message', async (trial: Trial) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-damaged-'));
  let runs = 0;
  const sign = (end: Pick<Sign, 'failure'> = {}) =>
    process.send!({ runs, resident: peakResident(), ...end } satisfies Sign);
  try {
    const onRun = () => {
      runs++;
      sign();
    };
    const settings = { numRuns: trial.runs, seed: trial.seed };
    if ('container' in trial) {
      await fc.assert((await containerSurvivesDamage(trial.container, folder)).afterEach(onRun), settings);
    } else await fc.assert(survivesDamage(formatOf(trial.format), trial.files, trial.me).afterEach(onRun), settings);
    sign({ failure: null });
  } catch (error) {
    sign({ failure: inspect(error) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function formatOf(wanted: string): Format {
  const format = formats.find(({ name }) => name === wanted);
  if (!format) throw new Error(`There is no format ${wanted}`);
  return format;
}

/** Linux also counts for `maxRSS` what the parent had when it started this process. */
function peakResident(): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}
