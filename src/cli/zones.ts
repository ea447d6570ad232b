import path from 'node:path';
import { UserError } from '../errors.ts';
import { loadPersona } from '../persona/load-persona.ts';

/** The time zone that each persona lives in; UTC for one whose folder is gone or broken, as its drafts outlive it. */
export function zones(home: string): (persona: string) => string {
  const known = new Map<string, string>();
  return (persona) => {
    const zone = known.get(persona) ?? zoneOf(path.join(home, 'personas', persona));
    known.set(persona, zone);
    return zone;
  };
}

function zoneOf(folder: string): string {
  try {
    return loadPersona(folder).schedule.posts.timezone;
  } catch (error) {
    if (error instanceof UserError) return 'UTC';
    throw error;
  }
}
