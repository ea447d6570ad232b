/**
 * What glibc's malloc does with memory that was freed. It reads these variables once, when a process starts, so a command that
 * wants them begins anew with them.
 */
import { setVariables } from './environment.ts';

/**
 * Large blocks go back to the system when they are freed, and a training frees and asks for the same hundreds of megabytes in
 * every step: each time the system would clear them anew. With these it keeps them.
 */
export const KEEPS_FREED_MEMORY = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 32),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 33),
} as const;

/**
 * What counts as large grows with what is freed, up to 32 MB, and smaller blocks stay with the process: 50 MB of a daemon of ten
 * personas. With this it does not grow.
 */
export const GIVES_MEMORY_BACK = { MALLOC_MMAP_THRESHOLD_: String(2 ** 18) } as const;

/**
 * Begins the process anew with the settings, in its place: with its id, terminal and exit code. To be called first, for what the
 * process did before is lost. Does nothing where they are set (also to other values), on systems whose malloc does not know them,
 * and where a channel to a parent would be lost; such a parent starts it with them.
 */
export function beginWith(settings: Readonly<Record<string, string>>): void {
  if (process.platform !== 'linux' || process.connected !== undefined) return;
  const environment = setVariables(settings);
  if (environment === 'set already') return;
  process.execve?.(process.execPath, [process.argv0, ...process.execArgv, ...process.argv.slice(1)], environment);
}
