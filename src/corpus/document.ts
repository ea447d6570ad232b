/** One text of a corpus, with where it comes from. */
export interface Document {
  /** Stable: it decides the split, so a text keeps its id when the corpus is built again. `service:id` where it was a post. */
  readonly id: string;
  readonly text: string;
  readonly source: string;
  /** ISO 8601, UTC. */
  readonly time?: string | undefined;
  /** The file of the archive that it was read from. */
  readonly archive?: string | undefined;
  /** The ids of the posts that it was joined from, where they are several. */
  readonly posts?: readonly string[] | undefined;
  readonly thread?: string | undefined;
  /** ISO 639-1; undefined where it does not say. */
  readonly language?: string | undefined;
  /** Where `corpus build` put it; a document without one is placed by its id. */
  readonly part?: Part | undefined;
  /** What it answers, oldest first; only in a corpus of conversations. Never the persona's own words to learn. */
  readonly context?: readonly Turn[] | undefined;
}

export const PARTS = ['train', 'validation', 'test'] as const;
export type Part = (typeof PARTS)[number];

/** What one person said before another one did. */
export interface Turn {
  readonly by: 'me' | 'another';
  readonly text: string;
}
