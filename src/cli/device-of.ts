import path from 'node:path';
import { UserError } from '../errors.ts';
import type { DeviceSetting } from '../persona/device.ts';
import { loadPersona } from '../persona/load-persona.ts';

/** What a persona's model runs on, for what it wrote once; that is replayed also where the persona is gone or cannot be read. */
export function deviceOf(home: string, persona: string): DeviceSetting {
  try {
    return loadPersona(path.join(home, 'personas', persona)).device;
  } catch (error) {
    if (error instanceof UserError) return 'auto';
    throw error;
  }
}
