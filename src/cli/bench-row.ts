/** One row of `eidolon model bench`, as a process: `node bench-row.ts FOLDER DEVICE BATCHES TOKENS` prints it as JSON, or why there is none. */
import { writingSpeed } from '../generation/writing-speed.ts';
import { openDeviceNetwork } from '../model/device-network.ts';
import { availableDevices } from '../model/execution-providers.ts';
import { type Model, openModel } from '../model/model.ts';
import { readModelFolder } from '../model/model-folder.ts';
import { baseFolder } from '../model/peft.ts';
import { reasonOf } from '../model/reason-of.ts';
import { refuseTooLarge } from '../model/room-in-memory.ts';
import { loadTokenizer } from '../model/tokenizer.ts';
import type { Device } from '../persona/device.ts';
import { endWithParent } from './end-with-parent.ts';

export interface BenchRow {
  /** By the batches that were asked for, of all texts together. */
  readonly tokensPerSecond: readonly number[];
  readonly loadSeconds: number;
  /** The most that the process held. */
  readonly residentBytes: number;
}

export interface BenchProblem {
  /** In one line. */
  readonly problem: string;
}

endWithParent();
const ROUNDS = 3;
const [folder = '', name, batches = '', tokens] = process.argv.slice(2);
console.log(JSON.stringify(await measured().catch((error): BenchProblem => ({ problem: reasonOf(error) }))));

async function measured(): Promise<BenchRow> {
  const device = availableDevices().find((one) => one === name) ?? 'cpu';
  const now = () => performance.now();
  const begun = now();
  const model = device === 'cpu' ? await openModel(folder) : await openOn(device);
  const loadSeconds = (now() - begun) / 1000;
  const tokensPerSecond: number[] = [];
  for (const rows of batches.split(',').map(Number)) {
    tokensPerSecond.push(await writingSpeed(model, { rows, tokens: Number(tokens), rounds: ROUNDS, now }));
  }
  const residentBytes = process.resourceUsage().maxRSS * 1024;
  await model.network.release();
  return { tokensPerSecond, loadSeconds, residentBytes };
}

async function openOn(device: Device): Promise<Model> {
  const files = readModelFolder(folder);
  refuseTooLarge(folder, files);
  const network = await openDeviceNetwork(files, device);
  return { name: folder, hash: '', config: files.config, tokenizer: loadTokenizer(baseFolder(folder)), network };
}
