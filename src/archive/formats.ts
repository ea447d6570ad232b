/** Every export that can be read. A service is one file in formats/ and one line here. */
import type { Format } from './format.ts';
import { telegram } from './formats/telegram.ts';
import { whatsapp } from './formats/whatsapp.ts';

export const FORMATS: readonly Format[] = [telegram, whatsapp];
