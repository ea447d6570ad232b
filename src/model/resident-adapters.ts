/** Keeps the matrices of a batch's adapters in the memory of a GPU, for as long as the batch uses the same ones. */
import * as ort from 'onnxruntime-node';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import type { Feeds } from '../onnx/session.ts';
import type { Placed } from './adapter-stack.ts';
import type { Gpt2Config } from './gpt2-config.ts';
import { matrixFeeds } from './graph-feeds.ts';
import { ADAPTER_BLOCK } from './inference-graph.ts';
import { ERRORS } from './move-rows.ts';
import { linearLayers } from './peft.ts';

export class ResidentAdapters {
  readonly #config: Gpt2Config;
  readonly #provider: string;
  #session: Promise<ort.InferenceSession> | undefined;
  #placed: Placed | undefined;
  #feeds: Feeds = {};

  constructor(config: Gpt2Config, provider: string) {
    this.#config = config;
    this.#provider = provider;
  }

  /** The matrices as inputs of the graph; brought to the GPU where they are others than those of the last call. */
  async feeds(placed: Placed): Promise<Feeds> {
    if (this.#placed && isSame(placed, this.#placed)) return this.#feeds;
    this.#session ??= ort.InferenceSession.create(bringingGraph(this.#config), {
      executionProviders: [this.#provider],
      preferredOutputLocation: 'gpu-buffer',
      logSeverityLevel: ERRORS,
    });
    const matrices = matrixFeeds(this.#config, placed);
    const results = await (await this.#session).run(matrices);
    this.#letGo();
    this.#placed = placed;
    this.#feeds = Object.fromEntries(Object.keys(matrices).map((name) => [name, results[`there.${name}`]!]));
    return this.#feeds;
  }

  async release(): Promise<void> {
    this.#letGo();
    await (await this.#session)?.release();
  }

  #letGo(): void {
    for (const tensor of Object.values(this.#feeds)) tensor.dispose();
    this.#placed = undefined;
    this.#feeds = {};
  }
}

function isSame(one: Placed, other: Placed): boolean {
  const [first, second] = [one.matrices[0]!.a, other.matrices[0]!.a];
  return (
    one.version === other.version &&
    one.blocks === other.blocks &&
    first.buffer === second.buffer &&
    first.byteOffset === second.byteOffset
  );
}

/** Outputs are the inputs, with `there.` before their names. A product by 1, for what only passes through may stay where it is. */
function bringingGraph(config: Gpt2Config): Uint8Array {
  const graph = new GraphBuilder();
  const one = graph.scalar(1);
  for (const layer of linearLayers(config)) {
    const a = graph.input(`${layer.name}.lora_A`, 'float32', ['blocks', layer.in, ADAPTER_BLOCK]);
    const b = graph.input(`${layer.name}.lora_B`, 'float32', ['ranks', layer.out]);
    for (const matrix of [a, b]) graph.output(graph.op('Mul', [matrix, one]), `there.${matrix.name}`);
  }
  return graph.encode();
}
