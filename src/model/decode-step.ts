/** Writing one more token in each row of a cache, again and again: what a batch spends its time with. */
import * as ort from 'onnxruntime-node';
import type { Binding, Feeds, Session } from '../onnx/session.ts';
import { type Laid, partTensors, withoutFiller } from './activations.ts';
import type { LoadedAdapter, Placed } from './adapter-stack.ts';
import type { Gpt2Config } from './gpt2-config.ts';
import { adapterFeeds, fillMask, fillTemperatures, int64, pastFeeds, presentFeeds, shapeFeeds } from './graph-feeds.ts';
import type { HostCache } from './host-cache.ts';

/** What a step puts out: all that can be had of one, and what lies on the way to probabilities, a vocabulary for each row. */
const PARTS = [
  'logits',
  'largest',
  'shares',
  'likeliest',
  'tempered',
  'probabilities',
  'likeliest_tempered',
  'last_hidden_state',
];

/**
 * What the parts of a step are written into, as large as it ever had to be. The system clears memory when it is asked for, which
 * for vocabularies of 50,000 tokens and eight rows can take a seventh of a step.
 */
export class StepMemory {
  readonly #kept = new Map<string, Float32Array>();

  readonly of = (part: string, floats: number): Float32Array => {
    let memory = this.#kept.get(part);
    if (!memory || memory.length < floats) this.#kept.set(part, (memory = new Float32Array(floats)));
    return memory.subarray(0, floats);
  };
}

/** What a batch is, as long as nobody enters or leaves it. */
export interface Decoding {
  readonly config: Gpt2Config;
  readonly cache: HostCache;
  readonly laid: Laid;
  readonly placed: Placed | undefined;
}

export interface StepInput {
  /** One of each row. */
  readonly tokens: readonly (readonly number[])[];
  readonly temperatures: readonly number[] | undefined;
  readonly adapters: readonly (LoadedAdapter | undefined)[] | undefined;
}

/** Bound when a batch changes, and from then on only filled. */
export class DecodeStep {
  readonly feeds: Feeds;
  /** What comes out, of the rows alone. */
  readonly parts: Feeds;
  readonly #binding: Binding;
  readonly #cache: HostCache;
  readonly #buffers: readonly Float32Array[];
  readonly #placed: Placed | undefined;
  readonly #rows: number;
  readonly #laid: Laid;
  readonly #ids: BigInt64Array;
  readonly #positions: BigInt64Array;
  readonly #lastAt: Int32Array;
  readonly #longest = new Int32Array(1);

  constructor(session: Session, memory: StepMemory, { config, cache, laid, placed }: Decoding) {
    const B = laid.rows;
    this.#rows = cache.rows;
    this.#cache = cache;
    this.#buffers = cache.buffers;
    this.#placed = placed;
    this.#laid = laid;
    this.#ids = new BigInt64Array(B);
    this.#positions = new BigInt64Array(B);
    this.#lastAt = new Int32Array(B);
    this.feeds = {
      ...shapeFeeds(config, B, 1),
      ...(placed && adapterFeeds(config, placed, B)),
      ...pastFeeds(cache.buffers, cache.shapeOf(B)),
      input_ids: new ort.Tensor('int64', this.#ids, [B, 1]),
      position_ids: new ort.Tensor('int64', this.#positions, [B, 1]),
      last_at: new ort.Tensor('int32', this.#lastAt, [B]),
      longest: new ort.Tensor('int32', this.#longest, []),
      logits_at: int64(Array.from({ length: B }, (_, row) => row)),
      next_ids: int64(new Array(B).fill(0), [B, 1]),
      temperature: new ort.Tensor('float32', new Float32Array(B), [B, 1]),
    };
    const parts = partTensors(PARTS, config, { wanted: B, tokens: B }, memory.of);
    this.#binding = session.bind(this.feeds, { ...parts, ...presentFeeds(this.feeds, config) });
    this.parts = withoutFiller(parts, { lengths: new Array(cache.rows).fill(1), laid, at: 'last' });
  }

  fits(cache: HostCache, placed: Placed | undefined): boolean {
    return (
      cache === this.#cache && cache.buffers === this.#buffers && cache.rows === this.#rows && placed === this.#placed
    );
  }

  fill({ tokens, temperatures, adapters }: StepInput): void {
    const { lengths } = this.#cache;
    let longest = 0;
    for (let row = 0; row < tokens.length; row++) {
      const length = lengths[row]!;
      this.#ids[row] = BigInt(tokens[row]![0]!);
      this.#positions[row] = BigInt(length);
      this.#lastAt[row] = length;
      longest = Math.max(longest, length + 1);
    }
    this.#longest[0] = longest;
    fillTemperatures(this.feeds, temperatures);
    if (this.#placed) fillMask(this.feeds, this.#placed, this.#laid.rows, 1, adapters);
  }

  run(): void {
    this.#binding.run();
  }

  release(): void {
    this.#binding.release();
  }
}
