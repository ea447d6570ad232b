/** Notices personas that come, change and go while the daemon runs. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { loadPersona } from '../persona/load-persona.ts';
import type { Persona } from '../persona/persona.ts';

export interface Watched {
  /** null: the folder cannot be read as a persona. */
  readonly persona: Persona | null;
  /** When this state of the folder was first seen. */
  readonly since: Date;
  readonly fingerprint: string;
}

export type Change =
  | { readonly kind: 'taken up' | 'taken up again'; readonly name: string }
  | { readonly kind: 'removed'; readonly name: string }
  | { readonly kind: 'broken'; readonly name: string; readonly error: UserError };

export interface Look {
  readonly personas: ReadonlyMap<string, Watched>;
  readonly changes: readonly Change[];
}

/**
 * Looks at personas/ again: each change is told once. It reads folders rather than waits for events of the file system,
 * which editors, containers and network drives each send in their own way, or not at all.
 */
export function lookAgain(home: string, known: ReadonlyMap<string, Watched>, now: Date): Look {
  const personas = new Map<string, Watched>();
  const changes: Change[] = [];
  for (const name of folderNames(path.join(home, 'personas'))) {
    const folder = path.join(home, 'personas', name);
    const fingerprint = fingerprintOf(folder);
    const before = known.get(name);
    if (before?.fingerprint === fingerprint) {
      personas.set(name, before);
      continue;
    }
    const { persona, change } = takeUp(folder, before);
    personas.set(name, { persona, since: now, fingerprint });
    changes.push(change);
  }
  for (const name of known.keys()) if (!personas.has(name)) changes.push({ kind: 'removed', name });
  return { personas, changes };
}

function takeUp(folder: string, before: Watched | undefined): { persona: Persona | null; change: Change } {
  const name = path.basename(folder);
  try {
    return { persona: loadPersona(folder), change: { kind: before ? 'taken up again' : 'taken up', name } };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { persona: null, change: { kind: 'broken', name, error } };
  }
}

function folderNames(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isFile() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .toSorted();
}

/** Changes when a file in the folder does. */
function fingerprintOf(folder: string): string {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return '';
  const states = readdirSync(folder).map((name) => {
    const stat = statSync(path.join(folder, name), { throwIfNoEntry: false });
    return `${name} ${stat?.ino} ${stat?.size} ${stat?.mtimeMs}`;
  });
  return states.toSorted().join('\n');
}
