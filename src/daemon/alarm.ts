/** A wait that others may end early. */
export interface Alarm {
  /** Ends the wait, or the next one where none is on. */
  ring(): void;
  /** Until the time is over, it rings, or the signal is aborted. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export function alarm(): Alarm {
  let isRung = false;
  let end = () => {};
  return {
    ring() {
      isRung = true;
      end();
    },
    async wait(milliseconds, signal) {
      if (!isRung && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, milliseconds);
        end = resolve;
        signal.addEventListener('abort', end);
        await promise;
        signal.removeEventListener('abort', end);
        clearTimeout(timer);
      }
      isRung = false;
    },
  };
}
