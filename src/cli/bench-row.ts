/** One row of `eidolon model bench`, as a process: `node bench-row.ts FOLDER DEVICE BATCHES TOKENS` prints it as JSON. */
import { writingSpeed } from '../generation/writing-speed.ts';
import { openDeviceNetwork } from '../model/device-network.ts';
import { availableDevices } from '../model/execution-providers.ts';
import { type Model, openModel } from '../model/model.ts';
import { readModelFolder } from '../model/model-folder.ts';
import { baseFolder } from '../model/peft.ts';
import { loadTokenizer } from '../model/tokenizer.ts';
import type { Device } from '../persona/device.ts';

export interface BenchRow {
  /** By the batches that were asked for, of all texts together. */
  readonly tokensPerSecond: readonly number[];
  readonly loadSeconds: number;
  /** The most that the process held. */
  readonly residentBytes: number;
}

const ROUNDS = 3;
const [folder = '', name, batches = '', tokens] = process.argv.slice(2);
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
console.log(JSON.stringify({ tokensPerSecond, loadSeconds, residentBytes } satisfies BenchRow));

async function openOn(device: Device): Promise<Model> {
  const files = readModelFolder(folder);
  const network = await openDeviceNetwork(files, device);
  return { name: folder, hash: '', config: files.config, tokenizer: loadTokenizer(baseFolder(folder)), network };
}
