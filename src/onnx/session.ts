/**
 * A graph, loaded for the CPU, that reads and writes where it is told. `run` of onnxruntime-node makes a tensor of its own for
 * every input at each call, and copies every output, also what it has just written into a tensor that it was given.
 */
import type * as ort from 'onnxruntime-node';
import { type Address, runtime } from './runtime.ts';

export type Feeds = Record<string, ort.Tensor>;

export interface SessionOptions {
  /** Whether the most memory that a run ever took is kept for the next one. */
  readonly hasArena: boolean;
  /** onnxruntime's, by their names in onnxruntime_session_options_config_keys.h. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What its profile is written to, in the end: this, and the time. */
  readonly profileTo?: string | undefined;
}

const ELEMENTS: Readonly<Record<string, number>> = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 };

export class Session {
  #address: Address | undefined;

  /** @throws Error with what the runtime has against the graph. */
  constructor(graph: Uint8Array, { hasArena, settings = {}, profileTo }: SessionOptions) {
    const api = runtime();
    const options = api.createOptions();
    try {
      api.disableMemoryPattern(options); // the pattern's one block is a third larger than what is needed
      if (!hasArena) api.disableArena(options);
      if (profileTo !== undefined) api.enableProfiling(options, profileTo);
      for (const [name, value] of Object.entries(settings)) api.addSetting(options, name, value);
      this.#address = api.createSession(api.environment, graph, graph.length, options);
    } finally {
      api.releaseOptions(options);
    }
  }

  /**
   * Blocks until every output is written.
   * @throws Error where the runtime refuses a name, a type or a shape.
   */
  run(inputs: Feeds, outputs: Feeds): void {
    const binding = this.bind(inputs, outputs);
    try {
      binding.run();
    } finally {
      binding.release();
    }
  }

  /** For many runs whose tensors are the same, with other contents. To be released before the session. */
  bind(inputs: Feeds, outputs: Feeds): Binding {
    return new Binding(this, inputs, outputs);
  }

  /** The runtime takes the process with it where it is handed what is gone. */
  get address(): Address {
    if (this.#address === undefined) throw new Error('The session was released');
    return this.#address;
  }

  release(): void {
    if (this.#address !== undefined) runtime().releaseSession(this.#address);
    this.#address = undefined;
  }
}

/** Where the runs of a session read and write. */
export class Binding {
  readonly #session: Session;
  #address: Address | undefined;
  readonly #values: Address[] = [];
  /** The runtime knows only where they lie: here they are kept from being collected. */
  readonly tensors: readonly Feeds[];

  constructor(session: Session, inputs: Feeds, outputs: Feeds) {
    const api = runtime();
    this.#session = session;
    this.tensors = [inputs, outputs];
    const address = api.createBinding(session.address);
    this.#address = address;
    try {
      for (const [name, tensor] of Object.entries(inputs)) api.bindInput(address, name, this.#valueOf(tensor));
      for (const [name, tensor] of Object.entries(outputs)) api.bindOutput(address, name, this.#valueOf(tensor));
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** As a session's. */
  run(): void {
    const api = runtime();
    if (this.#address === undefined) throw new Error('The binding was released');
    api.run(this.#session.address, api.runOptions, this.#address);
  }

  release(): void {
    const api = runtime();
    if (this.#address !== undefined) api.releaseBinding(this.#address);
    this.#address = undefined;
    for (const value of this.#values.splice(0)) api.releaseValue(value);
  }

  #valueOf({ type, data, dims }: ort.Tensor): Address {
    const api = runtime();
    const element = ELEMENTS[type];
    if (element === undefined || !ArrayBuffer.isView(data)) throw new Error(`No session here takes ${type}`);
    const shape = BigInt64Array.from(dims, BigInt);
    const value = api.createTensor(api.memory, api.addressOf(data), data.byteLength, shape, dims.length, element);
    this.#values.push(value);
    return value;
  }
}
