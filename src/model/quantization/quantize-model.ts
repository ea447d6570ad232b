/** A model's folder again with fewer bits for each weight: as the other one in all but its config and its file of weights. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import { diskRefusal } from '../disk-refusal.ts';
import type { Gpt2Config } from '../gpt2-config.ts';
import { refuseWithoutRoom } from '../import/room-on-disk.ts';
import { type ModelFolder, readFloatModel } from '../model-folder.ts';
import { modelHash } from '../model-hash.ts';
import { isAdapter } from '../peft.ts';
import { type FewerBits, folderOfBits, sourceOf } from './precision.ts';
import { type Bits, BLOCKS, type Block, type Quantization, quantizationJson } from './quantization.ts';
import { writeHalved, writeQuantized } from './quantize-tensors.ts';

export interface QuantizeOptions {
  readonly bits: FewerBits;
  /** Of tokens' vectors and the head, where `bits` is 4; 8 where it is left out. */
  readonly embeddingBits?: Bits | undefined;
  /** Without a zero point for each block; by itself with 8 bits, where that loses nothing. */
  readonly symmetric?: boolean | undefined;
  /** Columns that have a scale together; the widest that fill every row, where it is left out. */
  readonly block?: Block | undefined;
}

/**
 * Makes the folder, or makes it anew. @returns its path.
 * @throws UserError where the model is an adapter or has so few bits already, or something else stands where it would be.
 */
export async function quantizeModel(folder: string, options: QuantizeOptions): Promise<string> {
  const { bits } = options;
  const model = readWhole(folder, bits);
  const target = folderOfBits(folder, bits);
  refuseForeign(target, path.basename(path.resolve(folder)));
  await refuseWithoutRoom(path.dirname(target), statSync(model.weights.file).size * (bits / 16));

  const unfinished = path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.unfinished`);
  try {
    mkdirSync(unfinished, { recursive: true });
    const file = path.join(unfinished, 'model.safetensors');
    const source = { name: path.basename(path.resolve(folder)), hash: await modelHash(folder) };
    const quantization = quantizationFor(options, model.config);
    if (quantization) await writeQuantized(file, model, quantization);
    else await writeHalved(file, model);
    for (const name of ['tokenizer.json', 'generation_config.json']) {
      if (existsSync(path.join(folder, name))) copyFileSync(path.join(folder, name), path.join(unfinished, name));
    }
    const config = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8'));
    const added = {
      quantized_from: source,
      ...(quantization && { quantization_config: quantizationJson(quantization) }),
    };
    writeFileSync(path.join(unfinished, 'config.json'), `${JSON.stringify({ ...config, ...added }, null, 2)}\n`);
    rmSync(target, { recursive: true, force: true });
    renameSync(unfinished, target);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw diskRefusal(error, path.dirname(target), 'Make room: the model is as it was') ?? error;
  }
  return target;
}

function readWhole(folder: string, bits: FewerBits): ModelFolder {
  if (isAdapter(folder)) {
    throw new UserError(`${folder}: expected a whole model, found an adapter`, {
      hint: 'Quantize the model that it stands on: the adapter goes on top of that as it is',
    });
  }
  const model = readFloatModel(folder);
  const isHalf = [...model.weights.tensors.values()].every(({ dtype }) => dtype === 'F16');
  if (bits === 16 && isHalf) {
    throw new UserError(`${folder}: expected weights of 32 bits to store in 16, found 16`, {
      hint: 'Give --bits 8 or 4',
    });
  }
  return model;
}

function refuseForeign(target: string, name: string): void {
  if (!existsSync(target) || sourceOf(target)?.name === name) return;
  throw new UserError(`${target}: expected no folder, or an earlier one made from ${name}, found another model there`, {
    hint: 'Move it elsewhere',
  });
}

function quantizationFor(options: QuantizeOptions, config: Gpt2Config): Quantization | undefined {
  const { bits, embeddingBits = 8 } = options;
  if (bits === 16) return undefined;
  const { symmetric = bits === 8 } = options;
  const { block = blocksFor(bits, config)[0]! } = options;
  return { bits, embeddingBits: bits === 8 ? 8 : embeddingBits, symmetric, block };
}

/**
 * Those to try, widest first. With fewer scales a step takes less, of eight rows in 8 bits a quarter from 32 to 256; a row that
 * they do not fill takes more memory, and with 4 bits they lose too much.
 */
export function blocksFor(bits: FewerBits, { n_embd, n_inner }: Gpt2Config): readonly Block[] {
  const filling = BLOCKS.filter((block) => block > 32 && n_embd % block === 0 && n_inner % block === 0);
  return bits === 8 && filling.length > 0 ? filling.toReversed() : [32];
}
