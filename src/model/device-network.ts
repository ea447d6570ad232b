/** Runs a model's graph on another device than the CPU. */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { runtime } from '../onnx/runtime.ts';
import type { Feeds } from '../onnx/session.ts';
import type { Device } from '../persona/device.ts';
import { activationsOf, floatsOf, partsOf } from './activations.ts';
import { AdapterStack, type Placed } from './adapter-stack.ts';
import { DeviceCache } from './device-cache.ts';
import { providerOf } from './execution-providers.ts';
import type { Gpt2Config } from './gpt2-config.ts';
import {
  fillMask,
  fillTemperatures,
  int64,
  maskFeeds,
  matrixFeeds,
  pastFeeds,
  shapeFeeds,
  withoutAdapter,
} from './graph-feeds.ts';
import { HostCache } from './host-cache.ts';
import { cachedHeadSize, inferenceGraph } from './inference-graph.ts';
import type { ModelFolder } from './model-folder.ts';
import { ERRORS, type RowMover, rowMover } from './move-rows.ts';
import { hostCache, type Network, refuseMisfits, sessionSettings, withEmptyRows } from './network.ts';
import { ResidentAdapters } from './resident-adapters.ts';

/** A large number below zero, of which the softmax is exactly 0. */
const NEVER = -1e9;

/**
 * The same network as `openNetwork` opens, of operators that every device has. Under WebGPU the caches stay in the memory of
 * the GPU; for other devices onnxruntime-node has no tensors, so that each step takes them there.
 * @param device cpu is for comparing: it is slower than `openNetwork` there.
 */
export async function openDeviceNetwork(model: ModelFolder, device: Device): Promise<Network> {
  const { config } = model;
  const file = realpathSync(model.weights.file);
  const provider = providerOf(device);
  runtime(); // opened first, it says no to telemetry for the whole process
  const staysThere = device === 'webgpu';
  const cached = cachedNames(config);
  const session = await ort.InferenceSession.create(
    inferenceGraph(model, () => path.basename(file), {
      operators: 'portable',
      cache: staysThere ? 'present' : 'new',
      adapted: true,
    }),
    {
      executionProviders: [provider],
      // DirectML can do neither the one nor the other.
      ...(device === 'directml' && { enableMemPattern: false, executionMode: 'sequential' }),
      logSeverityLevel: ERRORS,
      extra: sessionSettings(file),
    },
  );
  const mover: RowMover | undefined = staysThere ? rowMover(config, provider) : undefined;
  const resident = staysThere ? new ResidentAdapters(config, provider) : undefined;
  const stack = new AdapterStack(config);
  const none = withoutAdapter(config);

  function pastOf(cache: HostCache | readonly ort.Tensor[] | undefined, shape: readonly number[]): Feeds {
    if (cache instanceof HostCache) return pastFeeds(cache.buffers, cache.shape);
    if (cache) return named('past', cache);
    const empty = new Float32Array(shape.reduce((size, dimension) => size * dimension, 1));
    return pastFeeds(new Array(cached.length).fill(empty), shape);
  }

  const named = (prefix: string, tensors: readonly ort.Tensor[]): Feeds =>
    Object.fromEntries(tensors.map((tensor, index) => [`${prefix}.${cached[index]}`, tensor]));

  return {
    device,

    createCache(rows, capacity, places = rows) {
      const room = { places, capacity };
      return withEmptyRows(mover ? new DeviceCache(config, mover.move, room) : new HostCache(config, room), rows);
    },

    async forward({ tokens, cache: given, at, want, temperatures, next, adapters }) {
      const cache = given && (given instanceof DeviceCache && mover ? given : hostCache(given));
      const lengths = tokens.map(({ length }) => length);
      const longest = Math.max(...lengths);
      if (cache) refuseMisfits(cache, lengths, longest);
      const placed = adapters?.some((adapter) => adapter) ? stack.place(adapters.filter((one) => !!one)) : none;
      const shape = cache?.shape ?? [tokens.length, config.n_head, longest, cachedHeadSize(config)];
      const there = cache instanceof DeviceCache ? (await cache.block()).tensors : undefined;
      const feeds = {
        ...pastOf(cache instanceof HostCache ? cache : there, shape),
        ...(resident ? await resident.feeds(placed) : matrixFeeds(config, placed)),
        ...rowsFeeds(config, { tokens, held: cache?.lengths, capacity: shape[2]!, placed }),
        ...wantedFeeds(tokens, at, longest, next),
      };
      fillTemperatures(feeds, temperatures);
      fillMask(feeds, placed, tokens.length, longest, adapters);

      const fetched = partsOf(want).map((name) => [name, null] as const);
      // The cache that comes out is the one that went in: written in place.
      const kept = there ? named('present', there) : cache ? { new: null } : {};
      const results = await session.run(feeds, { ...Object.fromEntries(fetched), ...kept });
      if (cache instanceof DeviceCache) cache.grow(lengths);
      else cache?.append(floatsOf(results.new), lengths, longest);
      return activationsOf(want, results, floatsOf(feeds.temperature));
    },

    rest() {}, // caches of a device are let go of row by row

    async release() {
      await mover?.release();
      await resident?.release();
      await session.release();
    },
  };
}

/** Of the cache's tensors, in their order, behind `past.` or `present.`. */
function cachedNames({ n_layer }: Gpt2Config): readonly string[] {
  return Array.from({ length: 2 * n_layer }, (_, index) => `${index >> 1}.${index & 1 ? 'value' : 'key'}`);
}

interface Rows {
  readonly tokens: readonly (readonly number[])[];
  /** What each row holds already. */
  readonly held: readonly number[] | undefined;
  readonly capacity: number;
  readonly placed: Placed;
}

function rowsFeeds(config: Gpt2Config, { tokens, held, capacity: P, placed }: Rows): Feeds {
  const [B, S, H] = [tokens.length, Math.max(...tokens.map(({ length }) => length)), config.n_head];
  const ids = new BigInt64Array(B * S);
  const positions = new BigInt64Array(B * S);
  const putAt = new BigInt64Array(B * H * S * 3);
  const bias = new Float32Array(B * S * P).fill(NEVER);
  for (let row = 0; row < B; row++) {
    for (let t = 0; t < S; t++) {
      const at = (held?.[row] ?? 0) + t;
      ids[row * S + t] = BigInt(tokens[row]![t] ?? 0);
      positions[row * S + t] = BigInt(Math.min(at, config.n_positions - 1)); // behind a row's end nobody looks
      bias.fill(0, (row * S + t) * P, (row * S + t) * P + at + 1);
      for (let head = 0; head < H; head++) putAt.set([row, head, at].map(BigInt), ((row * H + head) * S + t) * 3);
    }
  }
  return {
    ...shapeFeeds(config, B, S),
    ...maskFeeds(placed, B * S),
    input_ids: new ort.Tensor('int64', ids, [B, S]),
    position_ids: new ort.Tensor('int64', positions, [B, S]),
    put_at: new ort.Tensor('int64', putAt, [B, H, S, 3]),
    attention_bias: new ort.Tensor('float32', bias, [B, 1, S, P]),
  };
}

function wantedFeeds(
  tokens: readonly (readonly number[])[],
  at: 'last' | 'every',
  longest: number,
  next: readonly number[] | undefined,
): Feeds {
  const wanted = tokens.flatMap(({ length }, row) =>
    at === 'last' ? [row * longest + length - 1] : Array.from({ length }, (_, t) => row * longest + t),
  );
  const N = wanted.length;
  return {
    logits_at: int64(wanted),
    next_ids: int64(next ?? new Array<number>(N).fill(0), [N, 1]),
    temperature: new ort.Tensor('float32', new Float32Array(N), [N, 1]),
  };
}
