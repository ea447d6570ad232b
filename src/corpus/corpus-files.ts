/** Where the files of a persona's corpora lie. Owned by `corpus build`, but for a corpus.jsonl that somebody wrote by hand. */
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
