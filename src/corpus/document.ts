/** One text of a corpus, with where it comes from. */
export interface Document {
  /** Stable: it decides the split, so a text keeps its id when the corpus is built again. */
  readonly id: string;
  readonly text: string;
  readonly source: string;
  /** ISO 8601, UTC. */
  readonly time?: string | undefined;
}
