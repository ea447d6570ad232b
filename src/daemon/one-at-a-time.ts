import { WorldError } from '../errors.ts';

export interface Line {
  /** Those that wait; the one whose turn it is does not count. */
  readonly waiting: number;
  /** Resolves when all that is in the line by now is done. */
  idle(): Promise<void>;
  /**
   * Runs `task` when those before it are done. One that is cancelled while it waits never begins.
   * @throws WorldError, retryable, when too many wait already.
   */
  run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

/** A line in which at most `maxWaiting` wait, so that work that comes faster than it is done is refused and not piled up. */
export function oneAtATime(maxWaiting: number): Line {
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();

  return {
    get waiting() {
      return waiting;
    },

    idle: () => last,

    async run(task, signal) {
      if (waiting >= maxWaiting) {
        throw new WorldError(`The model host is busy: ${waiting} requests wait already`, { retryable: true });
      }
      const before = last;
      const turn = Promise.withResolvers<void>();
      last = turn.promise;
      waiting++;
      try {
        await before;
      } finally {
        waiting--;
      }
      try {
        signal.throwIfAborted();
        return await task();
      } finally {
        turn.resolve();
      }
    },
  };
}
