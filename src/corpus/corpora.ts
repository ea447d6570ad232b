/** What a persona can learn from, by name: its own texts, conversations, other authors' texts. */
import { globSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';
import type { Persona } from '../persona/persona.ts';
import { CONVERSATIONS, MINE } from './corpus-files.ts';
import { readReport } from './corpus-report.ts';

export interface NamedCorpus {
  readonly name: string;
  /** `.jsonl` or `.txt`, for readCorpus. */
  readonly file: string;
  /** By which names, addresses or ids its owner is known; empty where nobody noted it. */
  readonly owner: readonly string[];
  /** Null where nobody noted it. */
  readonly licence: string | null;
}

/** Those that are there: `mine` first, then `conversations`, then by name. */
export function corporaOf({ folder, corpusFile }: Pick<Persona, 'folder' | 'corpusFile'>): NamedCorpus[] {
  const others = globSync('corpora/*.{jsonl,txt}', { cwd: folder })
    .map((file) => path.join(folder, file))
    // Of two by one name it is the one that `corpus build` writes.
    .filter((file, _, files) => file.endsWith('.jsonl') || !files.includes(`${stemOf(file)}.jsonl`))
    .map((file) => namedCorpus(path.basename(stemOf(file)), file))
    .sort((a, b) => Number(b.name === CONVERSATIONS) - Number(a.name === CONVERSATIONS) || (a.name < b.name ? -1 : 1));
  return corpusFile === undefined ? others : [namedCorpus(MINE, corpusFile), ...others];
}

/** @throws UserError with those that are there. */
export function corpusNamed(persona: Pick<Persona, 'folder' | 'corpusFile'>, name: string): NamedCorpus {
  const corpora = corporaOf(persona);
  const found = corpora.find((corpus) => corpus.name === name);
  if (found) return found;
  const names = corpora.map((corpus) => corpus.name);
  throw new UserError(
    `${persona.folder}: expected a corpus "${name}", found ${names.length > 0 ? names.join(', ') : 'none'}`,
    { hint: `Make it of the archives: eidolon corpus build ${path.basename(persona.folder)}` },
  );
}

function namedCorpus(name: string, file: string): NamedCorpus {
  // Only of what was built there is a report: one by the same name belongs to the corpus that was built beside this one.
  const report = file.endsWith('.jsonl') ? readReport(`${stemOf(file)}.report.json`) : undefined;
  const { owner = [], licence = null } = report ?? {};
  return { name, file, owner, licence };
}

function stemOf(file: string): string {
  return file.slice(0, -path.extname(file).length);
}
