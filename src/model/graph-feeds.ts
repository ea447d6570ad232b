/** Inputs that the graphs of all devices have in common. */
import * as ort from 'onnxruntime-node';
import type { Feeds } from '../onnx/session.ts';
import { floatsOf } from './activations.ts';
import type { LoadedAdapter, Placed } from './adapter-stack.ts';
import type { Gpt2Config } from './gpt2-config.ts';
import { ADAPTER_BLOCK, cachedHeadSize } from './inference-graph.ts';
import { linearLayers } from './peft.ts';

export function shapeFeeds(config: Gpt2Config, B: number, S: number): Feeds {
  return { rows_shape: int64([B, S, 3 * config.n_head * cachedHeadSize(config)]) };
}

export function pastFeeds(buffers: readonly Float32Array[], shape: readonly number[]): Feeds {
  return Object.fromEntries(
    buffers.map((buffer, index) => [`past.${index >> 1}.${index & 1 ? 'value' : 'key'}`, tensorOf(buffer, shape)]),
  );
}

/** The cache that comes out is the one that went in: written in place. */
export function presentFeeds(feeds: Feeds, { n_layer }: Gpt2Config): Feeds {
  const names = Array.from({ length: n_layer }, (_, layer) => [`${layer}.key`, `${layer}.value`]).flat();
  return Object.fromEntries(names.map((name) => [`present.${name}`, feeds[`past.${name}`]!]));
}

export function adapterFeeds(config: Gpt2Config, placed: Placed, tokens: number): Feeds {
  return { ...maskFeeds(placed, tokens), ...matrixFeeds(config, placed) };
}

export function maskFeeds({ blocks }: Placed, tokens: number): Feeds {
  return {
    adapter_mask: new ort.Tensor('float32', new Float32Array(blocks * tokens), [blocks, tokens, 1]),
    adapter_shape: int64([tokens, blocks * ADAPTER_BLOCK]),
  };
}

export function matrixFeeds(config: Gpt2Config, { blocks, matrices }: Placed): Feeds {
  const feeds: Feeds = {};
  for (const [index, layer] of linearLayers(config).entries()) {
    const { a, b } = matrices[index]!;
    feeds[`${layer.name}.lora_A`] = tensorOf(a, [blocks, layer.in, ADAPTER_BLOCK]);
    feeds[`${layer.name}.lora_B`] = tensorOf(b, [blocks * ADAPTER_BLOCK, layer.out]);
  }
  return feeds;
}

/** One block of zeros, for rows of the base alone. */
export function withoutAdapter(config: Gpt2Config): Placed {
  const layers = linearLayers(config);
  const zeros = new Float32Array(ADAPTER_BLOCK * Math.max(...layers.map((layer) => Math.max(layer.in, layer.out))));
  const matrices = layers.map((layer) => ({
    a: zeros.subarray(0, ADAPTER_BLOCK * layer.in),
    b: zeros.subarray(0, ADAPTER_BLOCK * layer.out),
  }));
  return { blocks: 1, matrices, version: 0, blockOf: () => 0 };
}

export function fillTemperatures({ temperature }: Feeds, temperatures: readonly number[] | undefined): void {
  const values = floatsOf(temperature);
  for (let at = 0; at < values.length; at++) values[at] = temperatures?.[at] ?? 1;
}

/** 1 where a token's adapter stands, [blocks, rows · longest]. */
export function fillMask(
  { adapter_mask }: Feeds,
  placed: Placed,
  rows: number,
  longest: number,
  adapters: readonly (LoadedAdapter | undefined)[] | undefined,
): void {
  const mask = floatsOf(adapter_mask).fill(0);
  if (!adapters) return;
  const tokens = rows * longest;
  for (let row = 0; row < rows; row++) {
    const adapter = adapters[row];
    if (!adapter) continue;
    const begin = placed.blockOf(adapter);
    for (let block = begin; block < begin + blocksWithin(adapter); block++) {
      mask.fill(1, block * tokens + row * longest, block * tokens + (row + 1) * longest);
    }
  }
}

const blocksWithin = ({ rank }: LoadedAdapter) => Math.ceil(rank / ADAPTER_BLOCK);

export function tensorOf(data: Float32Array, shape: readonly number[]): ort.Tensor {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  return new ort.Tensor('float32', data.subarray(0, size), shape);
}

export function int64(elements: readonly number[], shape: readonly number[] = [elements.length]): ort.Tensor {
  return new ort.Tensor('int64', BigInt64Array.from(elements, BigInt), shape);
}
