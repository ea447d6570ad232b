import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';
import type { Persona } from './persona.ts';
import { readPrompts } from './read-prompts.ts';
import { readSettings } from './read-settings.ts';

export const SETTINGS_FILE = 'persona.yaml';
const DEFAULT_CORPUS = 'corpus.jsonl';

export interface BrokenPersona {
  readonly name: string;
  readonly error: UserError;
}

/** Every folder under `personas/`, in order of name; one that cannot be read does not stop the others. */
export function loadPersonas(home: string): { readonly personas: Persona[]; readonly broken: BrokenPersona[] } {
  const personas: Persona[] = [];
  const broken: BrokenPersona[] = [];
  for (const name of personaNames(home)) {
    try {
      personas.push(loadPersona(path.join(home, 'personas', name)));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      broken.push({ name, error });
    }
  }
  return { personas, broken };
}

function personaNames(home: string): string[] {
  const folder = path.join(home, 'personas');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isFile() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
}

/** Reads `personas/<name>/`. Throws a UserError with file, place and remedy. */
export function loadPersona(folder: string): Persona {
  const file = path.join(folder, SETTINGS_FILE);
  if (!existsSync(file)) {
    throw new UserError(`${file}: expected the settings of a persona, found no such file`, {
      hint: existsSync(folder)
        ? 'Make a persona with `eidolon persona new`, or move the folder out of personas/'
        : `Make it: eidolon persona new ${path.basename(folder)}${othersBeside(folder)}`,
    });
  }
  const { settings, placeOf } = readSettings(file);
  const { prompts, corpus, undo, ...rest } = settings;
  const name = path.basename(path.resolve(folder));
  if (settings.name !== name) {
    throw new UserError(`${placeOf(['name'])}: name: expected the folder's name, "${name}", found "${settings.name}"`, {
      hint: 'Rename one of the two: drafts and posts are kept under this name',
    });
  }

  const existing = (setting: 'prompts' | 'corpus', fileName: string) => {
    const named = path.join(folder, fileName);
    if (existsSync(named)) return named;
    throw new UserError(
      `${placeOf([setting])}: ${setting}: expected a file beside persona.yaml, found no ${fileName}`,
      {
        hint: `Write ${fileName}, or remove \`${setting}\` from persona.yaml`,
      },
    );
  };
  return {
    ...rest,
    folder,
    prompts: prompts === undefined ? [''] : readPrompts(existing('prompts', prompts), settings.length.max),
    corpusFile: corpus === undefined ? defaultCorpus(folder) : existing('corpus', corpus),
    undoMs: undo,
  };
}

/** Whom somebody may have meant. */
function othersBeside(folder: string): string {
  const names = personaNames(path.resolve(folder, '../..'));
  return names.length === 0 ? '' : `; there ${names.length === 1 ? 'is' : 'are'}: ${names.join(', ')}`;
}

function defaultCorpus(folder: string): string | undefined {
  const file = path.join(folder, DEFAULT_CORPUS);
  return existsSync(file) ? file : undefined;
}
