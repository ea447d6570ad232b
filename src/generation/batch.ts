/**
 * Writes the texts of several requests in one batch, one token in every row at each step. Rows that are finished leave it, those
 * that wait enter, in the order of their priority; requests of any adapters of one base share it. Each row's chance is its own,
 * so a seed always gives its text, whatever else is in the batch.
 */
import { UserError, WorldError } from '../errors.ts';
import { blocksOf, type LoadedAdapter } from '../model/adapter-stack.ts';
import type { KeyValueCache } from '../model/key-value-cache.ts';
import type { Model } from '../model/model.ts';
import type { Predictions } from './sample-token.ts';
import { type Generated, type Writing, WrittenRow } from './written-row.ts';

export interface BatchRequest extends Writing {
  /** Of this batch's network. */
  readonly model: Model;
  /** One row for each. */
  readonly seeds: readonly number[];
  /** The higher goes first; rows of a lower one make room. 0 where it is left out. */
  readonly priority?: number;
  /** Takes the request's rows out of the batch before the next step. */
  readonly signal?: AbortSignal | undefined;
  /** Called with each request's first token. */
  readonly onFirstToken?: () => void;
}

export interface BatchFigures {
  /** Rows that are being written. */
  readonly rows: number;
  /** Requests of which no row has a place yet. */
  readonly waiting: number;
  /** Tokens written since the beginning. */
  readonly tokens: number;
  readonly steps: number;
  /** Bytes of the cache of keys and values. */
  readonly cacheBytes: number;
}

/** Rows that a step computes at most: from 16 on, a step takes longer in proportion. */
export const PLACES = 16;
/** A cache grows by so many tokens at once. */
const CAPACITY_STEP = 32;
/** Longer ones are let go when nothing is written. */
const CAPACITY_KEPT = 128;
/** What adapters of one step may take, but for a single one that takes more: 16 of rank 16. */
const MOST_BLOCKS = 32;

interface Task {
  readonly request: BatchRequest;
  readonly priority: number;
  /** All rows, by the request's seeds. */
  readonly rows: readonly WrittenRow[];
  /** Those that have no place yet; one that was set aside brings its cache. */
  readonly outside: { readonly row: WrittenRow; readonly cache?: KeyValueCache }[];
  /** The prompt, once it is read; its cache, until all new rows have it. */
  read?: { cache: KeyValueCache | undefined; readonly first: Predictions };
  resolve(generated: Generated[]): void;
  reject(error: unknown): void;
}

interface Place {
  readonly task: Task;
  readonly row: WrittenRow;
}

export class Batch {
  readonly #model: Model;
  readonly #places: number;
  /** By row of the cache. */
  readonly #rows: Place[] = [];
  /** Tasks with rows outside, those first that came first. */
  readonly #waiting: Task[] = [];
  readonly #failed = new WeakSet<Task>();
  #cache: KeyValueCache | undefined;
  /** Of a prompt that everyone has, for the next one to be read into. */
  #spare: KeyValueCache | undefined;
  #tokens = 0;
  #steps = 0;

  /** @param model any of those that share the network. */
  constructor(model: Model, places = PLACES) {
    this.#model = model;
    this.#places = places;
  }

  get isIdle(): boolean {
    return this.#rows.length === 0 && this.#waiting.length === 0;
  }

  /** The highest of the requests in it. */
  get priority(): number {
    const all = [...this.#rows.map(({ task }) => task), ...this.#waiting];
    return Math.max(Number.NEGATIVE_INFINITY, ...all.map(({ priority }) => priority));
  }

  figures(): BatchFigures {
    return {
      rows: this.#rows.length,
      waiting: this.#waiting.filter(({ rows, outside }) => rows.length === outside.length).length,
      tokens: this.#tokens,
      steps: this.#steps,
      cacheBytes: this.#cache?.bytes ?? 0,
    };
  }

  /** Resolves after the step that writes its last token, with one text for each seed. */
  write(request: BatchRequest): Promise<Generated[]> {
    const rows = request.seeds.map((seed) => new WrittenRow(request, seed));
    if (rows.length === 0 || request.longest < 1) return Promise.resolve(rows.map((row) => row.generated()));
    return new Promise((resolve, reject) => {
      const outside = rows.map((row) => ({ row }));
      this.#waiting.push({ request, priority: request.priority ?? 0, rows, outside, resolve, reject });
    });
  }

  /** Lets in who has a place, and writes one token in every row. */
  async step(): Promise<void> {
    this.sendAwayCancelled();
    await this.#letIn();
    if (this.#rows.length === 0 || !this.#cache) return this.#rest();
    const predictions = await this.#model.network.forward({
      tokens: this.#rows.map(({ row }) => [row.lastToken]),
      cache: this.#cache,
      at: 'last',
      want: ['probabilities', 'logPartitions', 'logNormalizers'],
      temperatures: this.#rows.map(({ task }) => temperatureOf(task.request)),
      adapters: this.#rows.map(({ task }) => task.request.model.adapter),
    });
    this.#steps++;
    for (let index = this.#rows.length - 1; index >= 0; index--) {
      const { task, row } = this.#rows[index]!;
      if (isNotANumber(predictions, index)) this.#fail(task, notANumber(task));
      else if (!this.#failed.has(task)) this.#writeToken(task, row, predictions, index);
      if (row.isFinished || this.#failed.has(task)) this.#leave(index);
    }
    if (this.isIdle) this.#rest();
  }

  /** For when a step failed as a whole. */
  failAll(error: unknown): void {
    for (const task of new Set([...this.#waiting, ...this.#rows.map(({ task }) => task)])) this.#fail(task, error);
    while (this.#rows.length > 0) this.#leave(this.#rows.length - 1);
  }

  #writeToken(task: Task, row: WrittenRow, predictions: Predictions, at: number): void {
    row.write(predictions, at);
    this.#tokens++;
    if (row.isFinished && task.rows.every(({ isFinished }) => isFinished)) {
      task.resolve(task.rows.map((each) => each.generated()));
    }
  }

  #leave(index: number): void {
    this.#cache?.drop(index);
    this.#rows[index] = this.#rows.at(-1)!;
    this.#rows.pop();
  }

  #fail(task: Task, error: unknown): void {
    this.#failed.add(task);
    const at = this.#waiting.indexOf(task);
    if (at !== -1) this.#waiting.splice(at, 1);
    task.read?.cache?.release();
    for (const { cache } of task.outside) cache?.release();
    task.reject(error);
  }

  /** Whoever asked has changed his mind: rows leave at once, also where others are written first. */
  sendAwayCancelled(): void {
    for (const task of new Set([...this.#waiting, ...this.#rows.map(({ task }) => task)])) {
      if (task.request.signal?.aborted) this.#fail(task, task.request.signal.reason);
    }
    for (let index = this.#rows.length - 1; index >= 0; index--) {
      if (this.#failed.has(this.#rows[index]!.task)) this.#leave(index);
    }
    if (this.isIdle) this.#rest();
  }

  /** A long cache would be kept for nobody. */
  #rest(): void {
    if (!this.#cache || this.#cache.capacity <= CAPACITY_KEPT) return;
    this.#cache = undefined;
    this.#model.network.rest();
  }

  async #letIn(): Promise<void> {
    for (;;) {
      const task = this.#next();
      if (!task) return;
      if (!task.read) await this.#read(task);
      if (this.#failed.has(task)) continue;
      if (!this.#hasRoom(task) && !this.#makeRoom(task)) return;
      this.#enter(task);
    }
  }

  /** Of those that wait, the one that came first among those of the highest priority. */
  #next(): Task | undefined {
    let next: Task | undefined;
    for (const task of this.#waiting) if (!next || task.priority > next.priority) next = task;
    if (next && !this.#hasRoom(next) && !this.#rows.some(({ task }) => task.priority < next.priority)) return undefined;
    return next;
  }

  #hasRoom({ request }: Task): boolean {
    if (this.#rows.length >= this.#places) return false;
    const adapters = new Set(this.#rows.map(({ task }) => task.request.model.adapter));
    const { adapter } = request.model;
    if (!adapter || adapters.has(adapter)) return true;
    const used = [...adapters].reduce((sum, one) => sum + blocks(one), 0);
    return used === 0 || used + blocks(adapter) <= MOST_BLOCKS;
  }

  /** Sets rows of a lower priority aside, those that came last first. */
  #makeRoom(task: Task): boolean {
    while (!this.#hasRoom(task)) {
      const lower = this.#rows.filter((place) => place.task.priority < task.priority);
      if (lower.length === 0) return false;
      const least = Math.min(...lower.map((place) => place.task.priority));
      this.#setAside(this.#rows.findLastIndex((place) => place.task.priority === least));
    }
    return true;
  }

  #setAside(index: number): void {
    const { task, row } = this.#rows[index]!;
    const batch = this.#cache!;
    const cache = this.#model.network.createCache(0, batch.lengths[index]!, 1);
    cache.add(batch, index);
    task.outside.unshift({ row, cache });
    if (!this.#waiting.includes(task)) this.#waiting.unshift(task);
    this.#leave(index);
  }

  async #read(task: Task): Promise<void> {
    const { given, model, signal, onFirstToken } = task.request;
    const cache = this.#cacheToRead(given.length);
    try {
      const first = await model.network.forward({
        tokens: [given],
        cache,
        at: 'last',
        want: ['probabilities', 'logPartitions', 'logNormalizers'],
        temperatures: [temperatureOf(task.request)],
        adapters: [model.adapter],
      });
      task.read = { cache, first };
      if (signal?.aborted) this.#fail(task, signal.reason);
      else if (isNotANumber(first, 0)) this.#fail(task, notANumber(task));
      onFirstToken?.();
    } catch (error) {
      cache.release();
      if (!(error instanceof UserError)) throw error;
      this.#fail(task, error); // of its own adapter's file: nobody else has to do with it
    }
  }

  #cacheToRead(length: number): KeyValueCache {
    const spare = this.#spare;
    this.#spare = undefined;
    if (!spare || spare.capacity < length) return this.#model.network.createCache(1, roundedUp(length));
    spare.addEmpty();
    return spare;
  }

  /** The first of a task's rows outside enters; a new one writes its first token, and may be finished by that. */
  #enter(task: Task): void {
    const entering = task.outside.shift()!;
    if (task.outside.length === 0) this.#waiting.splice(this.#waiting.indexOf(task), 1);
    const { row } = entering;
    if (!entering.cache) this.#writeToken(task, row, task.read!.first, 0);
    if (!row.isFinished) {
      this.#cacheFor(task).add(entering.cache ?? task.read!.cache!, 0);
      this.#rows.push({ task, row });
    }
    if (entering.cache) entering.cache.release();
    else if (task.outside.length === 0) this.#handOn(task.read!); // those that were set aside came before the new ones
  }

  #handOn(read: NonNullable<Task['read']>): void {
    const { cache } = read;
    read.cache = undefined;
    cache?.release();
    if (cache && cache.capacity <= CAPACITY_KEPT) this.#spare = cache;
  }

  #cacheFor(task: Task): KeyValueCache {
    const needed = Math.max(neededBy(task), ...this.#rows.map((place) => neededBy(place.task)));
    const capacity = roundedUp(needed);
    this.#cache ??= this.#model.network.createCache(0, capacity, this.#places);
    if (capacity > this.#cache.capacity || capacity <= this.#cache.capacity / 2) this.#cache.resize(capacity);
    return this.#cache;
  }
}

const temperatureOf = ({ sampling }: BatchRequest) => sampling.temperature || 1;
const roundedUp = (length: number) => CAPACITY_STEP * Math.ceil(length / CAPACITY_STEP);
const neededBy = ({ request }: Task) => request.given.length + request.longest - 1;
const blocks = (adapter: LoadedAdapter | undefined) => (adapter ? blocksOf(adapter) : 0);

function isNotANumber({ logNormalizers }: Predictions, row: number): boolean {
  return !Number.isFinite(logNormalizers[row]);
}

function notANumber({ request }: Task): WorldError {
  return new WorldError(
    `The model ${request.model.name} gave something that is not a number: its weights are damaged`,
    {
      retryable: false,
    },
  );
}
