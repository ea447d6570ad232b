/**
 * A network on a device that may be lost in the middle, or give something that is not a number. What it could not finish is
 * done again on the CPU, and so is all that comes after: its caches know the tokens that they hold, and are read anew there.
 */
import { UserError } from '../errors.ts';
import type { Device } from '../persona/device.ts';
import type { Activations, Output } from './activations.ts';
import type { LoadedAdapter } from './adapter-stack.ts';
import type { CacheRoom, KeyValueCache } from './key-value-cache.ts';
import { type Forward, type Network, refuseMisfits, withEmptyRows } from './network.ts';
import { reasonOf } from './reason-of.ts';

/** @param onLost called once, with the reason, before anything is done again. */
export function fallingBack(
  onDevice: Network,
  openOnCpu: () => Promise<Network>,
  onLost: (device: Device, why: string) => void,
): Network {
  let current = onDevice;

  async function fallBack(why: string): Promise<void> {
    onLost(onDevice.device, why);
    current = await openOnCpu();
    await onDevice.release().catch(() => {}); // of what is lost, nothing need be saved
  }

  async function onCurrent<Wanted extends Output>(
    input: Forward<Wanted>,
    cache: RememberingCache | undefined,
  ): Promise<Pick<Activations, Wanted>> {
    return await current.forward(cache ? { ...input, cache: await cache.on(current) } : input);
  }

  /** What came of it, or why nothing did. */
  async function onDeviceYet<Wanted extends Output>(
    input: Forward<Wanted>,
    cache: RememberingCache | undefined,
  ): Promise<Pick<Activations, Wanted> | string> {
    try {
      const activations = await onCurrent(input, cache);
      return hasOnlyNumbers(activations) ? activations : 'it gave something that is not a number';
    } catch (error) {
      if (error instanceof UserError) throw error; // of a file, which is no fault of the device either
      return reasonOf(error);
    }
  }

  return {
    get device() {
      return current.device;
    },

    createCache: (rows, capacity, places = rows) =>
      withEmptyRows(new RememberingCache(current, { places, capacity }, () => current), rows),

    rest: () => current.rest(),

    async forward<Wanted extends Output>(input: Forward<Wanted>): Promise<Pick<Activations, Wanted>> {
      const cache = input.cache && remembering(input.cache);
      const lengths = input.tokens.map(({ length }) => length);
      if (cache) refuseMisfits(cache, lengths, Math.max(...lengths)); // that is no fault of the device
      let found = current === onDevice ? await onDeviceYet(input, cache) : await onCurrent(input, cache);
      if (typeof found === 'string') {
        await fallBack(found);
        found = await onCurrent(input, cache);
      }
      cache?.remember(input.tokens, input.adapters);
      return found;
    },

    release: () => current.release(),
  };
}

interface Row {
  readonly tokens: number[];
  readonly adapter: LoadedAdapter | undefined;
}

/** Knows what its rows hold, so that it can be made anew on another network. */
class RememberingCache implements KeyValueCache {
  readonly places: number;
  readonly #rows: Row[] = [];
  readonly #current: () => Network;
  #network: Network;
  #capacity: number;
  /** Of `#network`; nothing once that is no longer in use. */
  #cache: KeyValueCache | undefined;

  constructor(network: Network, { places, capacity }: CacheRoom, current: () => Network) {
    this.#network = network;
    this.places = places;
    this.#capacity = capacity;
    this.#current = current;
    this.#cache = network.createCache(0, capacity, places);
  }

  get rows(): number {
    return this.#rows.length;
  }

  get capacity(): number {
    return this.#capacity;
  }

  get lengths(): readonly number[] {
    return this.#rows.map(({ tokens }) => tokens.length);
  }

  get bytes(): number {
    return this.#cache?.bytes ?? 0;
  }

  addEmpty(): void {
    this.#rows.push({ tokens: [], adapter: undefined });
    this.#present()?.addEmpty();
  }

  add(source: KeyValueCache, row: number): void {
    const { tokens, adapter } = remembering(source).#rows[row]!;
    const from = remembering(source).#present();
    const to = this.#present();
    if (from && to) to.add(from, row);
    else this.#cache = undefined;
    this.#rows.push({ tokens: [...tokens], adapter });
  }

  drop(row: number): void {
    this.#present()?.drop(row);
    const last = this.#rows.pop()!;
    if (row < this.#rows.length) this.#rows[row] = last;
  }

  resize(capacity: number): void {
    this.#present()?.resize(capacity);
    this.#capacity = capacity;
  }

  release(): void {
    this.#present()?.release();
    this.#rows.length = 0;
  }

  /** The cache as a network has it; where it has none of it yet, its rows are read there. */
  async on(network: Network): Promise<KeyValueCache> {
    if (this.#network === network && this.#cache) return this.#cache;
    const cache = network.createCache(0, this.#capacity, this.places);
    for (const { tokens, adapter } of this.#rows) {
      const read = network.createCache(1, Math.max(1, tokens.length));
      const prompt = { tokens: [tokens], cache: read, adapters: [adapter] };
      if (tokens.length > 0) await network.forward({ ...prompt, at: 'last', want: ['logNormalizers'] });
      cache.add(read, 0);
      read.release();
    }
    this.#network = network;
    this.#cache = cache;
    return cache;
  }

  remember(tokens: readonly (readonly number[])[], adapters: readonly (LoadedAdapter | undefined)[] = []): void {
    for (const [index, row] of this.#rows.entries()) {
      const added = tokens[index]!;
      if (row.tokens.length === 0) this.#rows[index] = { tokens: [...added], adapter: adapters[index] };
      else row.tokens.push(...added);
    }
  }

  #present(): KeyValueCache | undefined {
    if (this.#network !== this.#current()) this.#cache = undefined;
    return this.#cache;
  }
}

function remembering(cache: KeyValueCache): RememberingCache {
  if (cache instanceof RememberingCache) return cache;
  throw new Error("A network takes its own caches, not another's");
}

/** Where one number of a row is none, its sums are none: the large arrays are looked at only where nothing else was wanted. */
function hasOnlyNumbers(activations: Partial<Activations>): boolean {
  const { logits, probabilities, ...small } = activations;
  const seen = Object.keys(small).length > 0 ? Object.values(small) : [logits, probabilities];
  return seen.every((values) => values?.every(Number.isFinite) ?? true);
}
