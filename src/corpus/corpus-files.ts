/** Where the files of a persona's corpora lie. Owned by `corpus build`, but for a corpus.jsonl that somebody wrote by hand. */
import { globSync } from 'node:fs';
import path from 'node:path';

export interface CorpusFiles {
  readonly documents: string;
  /** How it was made: beside it, and as fit to be shown as it is. */
  readonly report: string;
  /** What was left out, and why: it may hold what must not be shown, so it lies with the store. */
  readonly dropped: string;
}

/** The persona's own texts. */
export const MINE = 'mine';
/** Its own texts again, those that answer somebody, with what they answer. */
export const CONVERSATIONS = 'conversations';

/** `folder`: the persona's. */
export function corpusFiles({ home, folder, corpus }: { home: string; folder: string; corpus: string }): CorpusFiles {
  const stem = corpus === MINE ? path.join(folder, 'corpus') : path.join(folder, 'corpora', corpus);
  return {
    documents: `${stem}.jsonl`,
    report: `${stem}.report.json`,
    dropped: path.join(home, 'data', 'corpora', path.basename(folder), `${corpus}.dropped.jsonl`),
  };
}

/** Every file that holds texts of a corpus of the persona's, whoever wrote it. CSV files are only copies for other programs. */
export function allCorpusFiles({ home, folder }: { home: string; folder: string }) {
  const dropped = path.join(home, 'data', 'corpora', path.basename(folder));
  return {
    documents: [
      ...globSync(['corpus*.{jsonl,txt}', 'corpora/*.{jsonl,txt}'], { cwd: folder }).map((file) =>
        path.join(folder, file),
      ),
      ...globSync('*.dropped.jsonl', { cwd: dropped }).map((file) => path.join(dropped, file)),
    ],
    copies: globSync(['corpus*.csv', 'corpora/*.csv'], { cwd: folder }).map((file) => path.join(folder, file)),
  };
}
