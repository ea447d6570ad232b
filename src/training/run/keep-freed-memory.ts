/**
 * glibc's malloc gives large blocks back to the system when they are freed, and a training frees and asks for the same hundreds
 * of megabytes in every step: each time the system would clear them anew. With these variables it keeps them. It reads them once,
 * when a process starts.
 */
import { setVariables } from '../../environment.ts';

export const ALLOCATOR_SETTINGS = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 32),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 33),
} as const;

/**
 * Begins the process anew with the settings, in its place: with its id, terminal and exit code. To be called first, for what the
 * process did before is lost. Does nothing where they are set (also to other values), on systems whose malloc does not know them,
 * and where a channel to a parent would be lost; such a parent starts it with them.
 */
export function keepFreedMemory(): void {
  if (process.platform !== 'linux' || process.connected !== undefined) return;
  const environment = setVariables(ALLOCATOR_SETTINGS);
  if (environment === 'set already') return;
  process.execve?.(process.execPath, [process.argv0, ...process.execArgv, ...process.argv.slice(1)], environment);
}
