import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { home } from '../environment.ts';
import { UserError } from '../errors.ts';
import { availableDevices } from '../model/execution-providers.ts';
import { readModelFolder } from '../model/model-folder.ts';
import { baseFolder } from '../model/peft.ts';
import { FEWER_BITS, folderOfBits, sourceOf } from '../model/quantization/precision.ts';
import type { BenchProblem, BenchRow } from './bench-row.ts';
import { bitsOf } from './list-models.ts';
import type { BenchFlags } from './model-bench.ts';
import { table } from './table.ts';

type Row = { readonly model: string; readonly bits: number | null; readonly device: string } & (
  | BenchRow
  | BenchProblem
);

/** `eidolon model bench` */
export async function bench(name: string, { batches, device, tokens, json = false }: BenchFlags): Promise<void> {
  const folder = path.join(home(), 'models', name);
  readModelFolder(folder);
  const devices = availableDevices();
  if (device !== undefined && !devices.some((one) => one === device)) {
    throw new UserError(`--device: expected one of ${devices.join(', ')}, found ${device}`);
  }
  const rows: Row[] = [];
  for (const each of precisionsOf(folder)) {
    const files = readModelFolder(each);
    for (const on of devices.filter((one) => device === undefined || one === device)) {
      const about = { model: path.basename(each), bits: bitsOf(files), device: on };
      if (!json) process.stderr.write(`${about.model} on ${on} …\n`);
      rows.push({ ...about, ...(await measureApart(each, on, batches, tokens)) });
    }
  }
  console.log(json ? JSON.stringify(asJson(rows, batches)) : inWords(rows, batches));
  if (rows.every((row) => 'problem' in row)) process.exitCode = 1;
}

/** The stable shape of `--json`. */
interface Benched {
  readonly rows: readonly {
    readonly model: string;
    /** Texts side by side. */
    readonly batch: number;
    readonly precision: string;
    readonly device: string;
    /** Of all texts together. */
    readonly tokensPerSecond: number;
    readonly loadSeconds: number;
    /** The most that the process of this model, precision and device held, in all its batches. */
    readonly memoryMB: number;
  }[];
  readonly problems: readonly {
    readonly model: string;
    readonly precision: string;
    readonly device: string;
    readonly problem: string;
  }[];
}

function asJson(rows: readonly Row[], batches: readonly number[]): Benched {
  const about = ({ model, bits, device }: Row) => ({ model, precision: precisionOf(bits), device });
  return {
    rows: rows.flatMap((row) => {
      if ('problem' in row) return [];
      const { loadSeconds, residentBytes, tokensPerSecond } = row;
      const memoryMB = Math.round(residentBytes / 1e6);
      return batches.map((batch, at) => {
        return { ...about(row), batch, tokensPerSecond: tokensPerSecond[at]!, loadSeconds, memoryMB };
      });
    }),
    problems: rows.flatMap((row) => ('problem' in row ? [{ ...about(row), problem: row.problem }] : [])),
  };
}

function precisionOf(bits: number | null): string {
  if (bits === null) return 'unknown';
  return bits >= 16 ? `fp${bits}` : `${bits}bit`;
}

/** The folder, and those of fewer bits that were made from it; an adapter is measured on its base as it is. */
function precisionsOf(folder: string): readonly string[] {
  if (baseFolder(folder) !== folder) return [folder];
  const made = FEWER_BITS.map((bits) => folderOfBits(folder, bits));
  return [folder, ...made.filter((each) => existsSync(each) && sourceOf(each)?.name === path.basename(folder))];
}

/** In a process of its own, so that memory is that of this row alone; it ends with this one, by the channel between them. */
async function measureApart(
  folder: string,
  device: string,
  batches: readonly number[],
  tokens: number,
): Promise<BenchRow | BenchProblem> {
  const file = path.join(import.meta.dirname, `bench-row${path.extname(import.meta.filename)}`);
  const argv = [file, folder, device, batches.join(), String(tokens)];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject).once('close', (code, by) => resolve(code ?? by));
  });
  const [said, errors, end] = await Promise.all([text(child.stdout!), text(child.stderr!), ended]);
  if (end === 0) return JSON.parse(said.trim().split('\n').at(-1) ?? '');
  return { problem: `its process ended with ${end}: ${errors.trim().split('\n').at(-1)}` };
}

function inWords(rows: readonly Row[], batches: readonly number[]): string {
  const heading = ['MODEL', 'BITS', 'DEVICE', ...batches.map((count) => `TOKENS/S ×${count}`), 'LOAD', 'MEMORY'];
  const whole = rows.flatMap((row) => {
    if ('problem' in row) return [];
    const speeds = row.tokensPerSecond.map((speed) => speed.toFixed(speed < 10 ? 1 : 0));
    const memory = `${Math.round(row.residentBytes / 1e6)} MB`;
    return [[row.model, String(row.bits ?? '?'), row.device, ...speeds, `${row.loadSeconds.toFixed(2)} s`, memory]];
  });
  const broken = rows.flatMap((row) => ('problem' in row ? [`${row.model} on ${row.device}: ${row.problem}`] : []));
  return [...(whole.length > 0 ? [table([heading, ...whole])] : []), ...broken].join('\n');
}
