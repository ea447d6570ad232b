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

/** Ids are numbered, as of a thread of a million tweets maps from id to id would take more memory than all else. */
export class Threads {
  readonly #isOwner: (userId: string) => boolean;
  readonly #numbers = new Map<string, number>();
  readonly #ids: string[] = [];
  /** By number: that of the owner's tweet that it answers, be it in the archive or deleted; else none. */
  readonly #parents: number[] = [];
  /** By number: the first tweet of its thread; `ALONE` where there is none. */
  readonly #roots: number[] = [];
  /** By number: how many tweets its thread has, of those that begin one. */
  readonly #sizes: number[] = [];
  /** By the id of a version: the id of the first one. Only of tweets that were edited. */
  readonly #firsts = new Map<string, string>();
  /** By the id of the first version: the last one that the archive has. */
  readonly #lasts = new Map<string, string>();

  constructor(isOwner: (userId: string) => boolean) {
    this.#isOwner = isOwner;
  }

  add(tweet: Tweet): void {
    if (tweet.replyTo !== '' && this.#isOwner(tweet.replyToUser)) {
      this.#parents[this.#numberOf(tweet.id)] = this.#numberOf(tweet.replyTo);
    }
    if (tweet.versions.length < 2) return;
    const first = tweet.versions[0]!;
    for (const version of tweet.versions) this.#firsts.set(version, first);
    const last = this.#lasts.get(first) ?? '';
    if (byAge(tweet.id, last) > 0) this.#lasts.set(first, tweet.id);
  }

  #numberOf(id: string): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    const number = this.#ids.push(id) - 1;
    this.#numbers.set(id, number);
    this.#parents.push(NONE);
    this.#roots.push(ALONE);
    this.#sizes.push(0);
    return number;
  }

  /** To be called after the last `add`. */
  link(): void {
    const answers = this.#parents.length;
    for (let number = 0; number < answers; number++) {
      const parent = this.#parents[number]!;
      if (parent === NONE) continue;
      const known = this.#numberOf(this.#lastVersion(this.#ids[parent]!));
      this.#parents[number] = known === number ? NONE : known;
      if (known === number) continue;
      this.#roots[number] = UNKNOWN;
      this.#roots[known] = UNKNOWN;
    }
    for (let number = 0; number < this.#roots.length; number++) {
      if (this.#roots[number] === UNKNOWN) this.#findRoot(number);
      const root = this.#roots[number]!;
      if (root >= 0) this.#sizes[root]!++;
    }
  }

  #findRoot(number: number): void {
    const way: number[] = [];
    let at = number;
    for (let parent = this.#parents[at]!; parent !== NONE; parent = this.#parents[at]!) {
      if (this.#roots[at] !== UNKNOWN) break;
      this.#roots[at] = PASSED;
      way.push(at);
      at = parent;
    }
    let root = this.#roots[at]!;
    // In a circle, as only a damaged file has it: its eldest will do.
    if (root === PASSED)
      root = way.slice(way.indexOf(at)).reduce((a, b) => (byAge(this.#ids[a]!, this.#ids[b]!) < 0 ? a : b));
    if (root < 0) root = at;
    this.#roots[at] = root;
    for (const passed of way) this.#roots[passed] = root;
  }

  #lastVersion(id: string): string {
    return this.#lasts.get(this.#firsts.get(id) ?? id) ?? id;
  }

  isOutdated(tweet: Tweet): boolean {
    return this.#lasts.size > 0 && this.#lastVersion(tweet.id) !== tweet.id;
  }

  /** How many tweets the thread that begins with `root` has at most: some of them may be deleted. */
  sizeOf(root: string): number {
    const number = this.#numbers.get(root);
    return number === undefined ? 1 : this.#sizes[number]!;
  }

  /** The first tweet of the thread that `id` is in; undefined where it stands alone. */
  rootOf(id: string): string | undefined {
    const root = this.#roots[this.#numbers.get(id) ?? NONE];
    return root === undefined || root < 0 ? undefined : this.#ids[root]!;
  }
}

/** Instead of a tweet's number. */
const [NONE, ALONE, UNKNOWN, PASSED] = [-1, -2, -3, -4];
