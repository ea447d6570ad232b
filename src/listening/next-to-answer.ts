/** Who is answered next. */

export interface WaitingMention {
  readonly id: number;
  readonly authorId: string;
  /** When it was posted; ISO 8601 in UTC. */
  readonly at: string;
  /** How often an answer was tried in vain. */
  readonly tries: number;
}

/**
 * Who was answered least in the last 24 hours goes first, and of those the oldest post: one for each person and pass, so
 * that a flood from one waits behind everybody else.
 */
export function nextToAnswer<Mention extends WaitingMention>(
  waiting: readonly Mention[],
  answered: ReadonlyMap<string, number>,
): Mention | undefined {
  const turn = ({ authorId, tries }: Mention) => (answered.get(authorId) ?? 0) + tries;
  return waiting.toSorted((a, b) => turn(a) - turn(b) || (a.at < b.at ? -1 : a.at > b.at ? 1 : a.id - b.id))[0];
}
