/** Whether this machine can hold a model at all: said before it is loaded, for a machine that swaps says nothing for long. */
import { totalmem } from 'node:os';
import { UserError } from '../errors.ts';
import type { ModelFolder } from './model-folder.ts';
import { weightBytes } from './weight-bytes.ts';

/** Where a container has a limit of its own, that. */
export function memoryOfMachine(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}

/** @throws UserError where the weights alone take more than there is. */
export function refuseTooLarge(folder: string, { weights, adapter }: ModelFolder, memory = memoryOfMachine()): void {
  const bytes = weightBytes(weights) + (adapter ? weightBytes(adapter.weights) : 0);
  if (bytes <= memory) return;
  const megabytes = (count: number) => `${Math.ceil(count / 2 ** 20)} MB`;
  throw new UserError(`${folder} takes ${megabytes(bytes)} of memory, and this machine has ${megabytes(memory)}`, {
    hint: 'Use a smaller model; eidolon model quantize makes one with fewer bits for each weight',
  });
}
