/** The device that a model runs on: what is asked for, or what was quickest when it was measured, once for each machine. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { DEVICES, type Device } from '../persona/device.ts';
import { availableDevices, executionProviders } from './execution-providers.ts';
import type { MeasuredDevices } from './measure-devices.ts';

const choice = z.object({
  /** SHA-256 of the model's files. */
  model: z.string(),
  machine: z.string(),
  /** onnxruntime's version. */
  runtime: z.string(),
  device: z.enum(DEVICES),
  found: z.record(z.string(), z.string()),
  /** How often it was measured without an end: what is measured may take the process with it. */
  unfinished: z.int().default(0),
});
const choices = z.array(choice);
type Choice = z.output<typeof choice>;

/** A driver that took the process with it so often is left alone. */
const MOST_TRIES = 2;

export interface Choosing {
  /** The file of the choices; without one, nothing is remembered. */
  readonly file?: string | undefined;
  readonly modelHash: string;
  readonly measure: (others: readonly Device[]) => Promise<MeasuredDevices>;
  /** Called with what was measured, not with what was remembered. */
  readonly onChosen?: (chosen: MeasuredDevices) => void;
}

/** What `device: auto` comes to. */
export async function chooseDevice({ file, modelHash, measure, onChosen }: Choosing): Promise<Device> {
  const others = otherDevices();
  if (others.length === 0) return 'cpu';
  const key = keyOf(modelHash, others);
  const known = file === undefined ? undefined : readChoices(file).find((one) => isOf(one, key));
  if (known && known.unfinished === 0) return known.device;
  const tries = known?.unfinished ?? 0;
  let chosen: MeasuredDevices;
  if (tries >= MOST_TRIES) {
    chosen = {
      device: 'cpu',
      found: { [others.join(', ')]: `the process ended ${tries} times while they were tried` },
    };
  } else {
    remember(file, { ...key, device: 'cpu', found: {}, unfinished: tries + 1 });
    try {
      chosen = await measure(others);
    } catch (error) {
      forget(file, key); // that it failed in the usual way says nothing of a device
      throw error;
    }
  }
  remember(file, { ...key, ...chosen, unfinished: 0 });
  onChosen?.(chosen);
  return chosen.device;
}

/** What was remembered does not work any more, as where a card was taken out: the next time it is measured anew. */
export function forgetDevice({ file, modelHash }: Pick<Choosing, 'file' | 'modelHash'>): void {
  forget(file, keyOf(modelHash, otherDevices()));
}

const otherDevices = () => availableDevices().filter((device) => device !== 'cpu');

function remember(file: string | undefined, newest: Choice): void {
  if (file !== undefined) write(file, [newest, ...readChoices(file).filter((one) => !isOf(one, newest))]);
}

function forget(file: string | undefined, key: Key): void {
  if (file === undefined) return;
  write(
    file,
    readChoices(file).filter((one) => !isOf(one, key)),
  );
}

function write(file: string, kept: readonly Choice[]): void {
  const draft = `${file}.${process.pid}.new`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(draft, `${JSON.stringify(kept.slice(0, MOST_KEPT), null, 2)}\n`);
    renameSync(draft, file);
  } catch {
    rmSync(draft, { force: true }); // a full disk: it is measured again another time
  }
}

const MOST_KEPT = 200;

function readChoices(file: string): readonly Choice[] {
  try {
    return choices.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return []; // none yet, or broken: all is measured anew
  }
}

type Key = Pick<Choice, 'model' | 'machine' | 'runtime'>;
const keyOf = (modelHash: string, others: readonly Device[]): Key => {
  return { model: modelHash, machine: machineName(others), runtime: executionProviders().version };
};
const isOf = (one: Key, other: Key) =>
  one.model === other.model && one.machine === other.machine && one.runtime === other.runtime;

/** Without its name, which is nobody's business. */
function machineName(devices: readonly Device[]): string {
  const processors = cpus();
  const known = [platform(), arch(), processors[0]?.model, processors.length, ...devices].join(' ');
  return createHash('sha256').update(known).digest('hex').slice(0, 16);
}
