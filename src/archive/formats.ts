/** Every export that can be read. A service is one file in formats/ and one line here. */
import type { Format } from './format.ts';

export const FORMATS: readonly Format[] = [];
