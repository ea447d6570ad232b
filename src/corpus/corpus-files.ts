/** Where the files of a persona's corpora lie. Owned by `corpus build`, but for a corpus.jsonl that somebody wrote by hand. */
import { globSync } from 'node:fs';
import path from 'node:path';
import { PARTS } from './document.ts';
import { TRAINING_FORMATS } from './write-training-files.ts';

export interface CorpusFiles {
  readonly documents: string;
  /** How it was made: beside it, and as fit to be shown as it is. */
  readonly report: string;
  /** What was left out, and why: it may hold what must not be shown, so it lies with the store. */
  readonly dropped: string;
  /** How the names of the copies for other trainers begin; there too, as they are made anew at any time. */
  readonly copies: string;
}

/** The persona's own texts. */
export const MINE = 'mine';
/** Its own texts again, those that answer somebody, with what they answer. */
export const CONVERSATIONS = 'conversations';

/** `folder`: the persona's. */
export function corpusFiles({ home, folder, corpus }: { home: string; folder: string; corpus: string }): CorpusFiles {
  const stem = corpus === MINE ? path.join(folder, 'corpus') : path.join(folder, 'corpora', corpus);
  const kept = path.join(keptFolder(home, folder), corpus);
  return {
    documents: `${stem}.jsonl`,
    report: `${stem}.report.json`,
    dropped: `${kept}.dropped.jsonl`,
    copies: kept,
  };
}

/** Every file that holds texts of a corpus of the persona's, whoever wrote it. Copies can be made again. */
export function allCorpusFiles({ home, folder }: { home: string; folder: string }) {
  const kept = keptFolder(home, folder);
  const found = (pattern: string | string[], cwd: string) =>
    globSync(pattern, { cwd }).map((file) => path.join(cwd, file));
  return {
    documents: [...found(['corpus*.{jsonl,txt}', 'corpora/*.{jsonl,txt}'], folder), ...found('*.dropped.jsonl', kept)],
    copies: found(`*.{${PARTS.join()}}.{${TRAINING_FORMATS.join()}}`, kept),
  };
}

function keptFolder(home: string, folder: string): string {
  return path.join(home, 'data', 'corpora', path.basename(folder));
}
