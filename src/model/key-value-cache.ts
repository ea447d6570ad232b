/** What attention remembers of several rows of tokens, wherever it lies. */

export interface CacheRoom {
  /** Rows that the cache can hold. */
  readonly places: number;
  /** Tokens that every row can hold. */
  readonly capacity: number;
}

/** Made by a network, and used with that one alone. */
export interface KeyValueCache extends CacheRoom {
  readonly rows: number;
  /** Tokens that each row holds. */
  readonly lengths: readonly number[];
  /** Of memory, on whatever device. */
  readonly bytes: number;
  /** Appends a row that holds nothing. */
  addEmpty(): void;
  /** Appends a copy of a row of another cache of the same network. */
  add(source: KeyValueCache, row: number): void;
  /** The last row takes the place of a row that is no longer wanted. */
  drop(row: number): void;
  /** Makes rows that hold `capacity` tokens, more or fewer than now. */
  resize(capacity: number): void;
  /** Lets go of all rows. */
  release(): void;
}
