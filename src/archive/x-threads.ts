/** Which tweets continue which, and which are only earlier versions: all of it known before the first one is given out. */
import { byAge, type Tweet } from './x-tweet.ts';

const ANSWERED = '"in_reply_to_user_id';
const EDITED = '"initialTweetId"';
const VERSIONS = '"editTweetIds"';
const COMMA = 0x2c;
const CLOSE_ARRAY = 0x5d;

/**
 * Of a tweet as JSON: whether it may be part of a thread of one of `users`, or of an edit. What it does not take need not be
 * given to `add`. It looks at bytes, as most tweets are neither.
 */
export function mayBeInThread(users: readonly string[]): (json: Buffer) => boolean {
  const ids = [...new Set(users.map((user) => user.trim()))].filter((user) => /^\d+$/.test(user));
  const written = ids.flatMap((id) => [`"${id}"`, `: ${id}`, `:${id}`]); // as text or, in old archives, as a number
  return (json) => {
    if (json.includes(ANSWERED) && written.some((id) => json.includes(id))) return true;
    const versions = json.indexOf(VERSIONS);
    if (versions < 0) return json.includes(EDITED);
    for (let at = versions + VERSIONS.length; at < json.length && json[at] !== CLOSE_ARRAY; at++) {
      if (json[at] === COMMA) return true;
    }
    return json.includes(EDITED);
  };
}

export class Threads {
  readonly #isOwner: (userId: string) => boolean;
  /** By id: the owner's tweet that it answers, be it in the archive or deleted. */
  readonly #parents = new Map<string, string>();
  /** By the id of a tweet in a thread: its first one, once that was looked for. */
  readonly #roots = new Map<string, string>();
  /** All that are part of a thread, its first ones too. */
  readonly #members = new Set<string>();
  /** By the id of the first tweet of a thread: how many answers it has. */
  readonly #answers = new Map<string, number>();
  /** By the id of a version: the id of the first one. Only of tweets that were edited. */
  readonly #firsts = new Map<string, string>();
  /** By the id of the first version: the last one that the archive has. */
  readonly #lasts = new Map<string, string>();

  constructor(isOwner: (userId: string) => boolean) {
    this.#isOwner = isOwner;
  }

  add(tweet: Tweet): void {
    if (tweet.replyTo !== '' && this.#isOwner(tweet.replyToUser)) this.#parents.set(tweet.id, tweet.replyTo);
    if (tweet.versions.length < 2) return;
    const first = tweet.versions[0]!;
    for (const version of tweet.versions) this.#firsts.set(version, first);
    const last = this.#lasts.get(first) ?? '';
    if (byAge(tweet.id, last) > 0) this.#lasts.set(first, tweet.id);
  }

  /** To be called after the last `add`. */
  link(): void {
    for (const [id, parent] of this.#parents) {
      const known = this.#lastVersion(parent);
      if (known === id) this.#parents.delete(id);
      else {
        this.#parents.set(id, known);
        this.#members.add(id).add(known);
      }
    }
    for (const id of this.#parents.keys()) {
      const root = this.rootOf(id)!;
      this.#answers.set(root, (this.#answers.get(root) ?? 0) + 1);
    }
  }

  #lastVersion(id: string): string {
    return this.#lasts.get(this.#firsts.get(id) ?? id) ?? id;
  }

  isOutdated(tweet: Tweet): boolean {
    return this.#lasts.size > 0 && this.#lastVersion(tweet.id) !== tweet.id;
  }

  /** How many tweets the thread that begins with `root` has at most: some of them may be deleted. */
  sizeOf(root: string): number {
    return 1 + (this.#answers.get(root) ?? 0);
  }

  /** The first tweet of the thread that `id` is in; undefined where it stands alone. */
  rootOf(id: string): string | undefined {
    if (!this.#members.has(id)) return undefined;
    const known = this.#roots.get(id);
    if (known !== undefined) return known;
    const way = new Set<string>();
    let at = id;
    let root: string | undefined;
    while (root === undefined) {
      way.add(at);
      const parent = this.#parents.get(at);
      if (parent === undefined) root = at;
      else if (way.has(parent)) {
        // In a circle, as only a damaged file has it: its eldest will do.
        const all = [...way];
        root = all.slice(all.indexOf(parent)).sort(byAge)[0]!;
      } else root = this.#roots.get((at = parent));
    }
    for (const passed of way) this.#roots.set(passed, root);
    return root;
  }
}
