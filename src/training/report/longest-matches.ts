/** Where texts say what others said. Knows nothing of what their items are: words, tokens. */

/**
 * For each item of each text: how many items that end there stand in the same order in one of the others, 0 and up.
 * The texts become a suffix automaton (Blumer et al. 1985) through which the others run once, item by item, and are not
 * kept: the memory is that of the texts (some 600 bytes an item), however many the others are.
 */
export function longestMatches(
  texts: readonly (readonly string[])[],
  others: Iterable<readonly string[]>,
): Uint32Array[] {
  const ids = new Map<string, number>();
  const automaton = new SuffixAutomaton();
  const ends = texts.map((text, index) => {
    const states = Uint32Array.from(text, (item) => automaton.append(idOf(ids, item)));
    automaton.append(-1 - index); // a boundary that nothing matches
    return states;
  });
  for (const other of others) automaton.run(other, ids);
  const longest = automaton.longest();
  return ends.map((states) => states.map((state) => longest[state] ?? 0));
}

function idOf(ids: Map<string, number>, item: string): number {
  const known = ids.get(item);
  if (known !== undefined) return known;
  ids.set(item, ids.size);
  return ids.size - 1;
}

/** Its states are what ends at the same places of all that was appended; state 0 is the empty sequence. */
class SuffixAutomaton {
  /** Of the longest sequence of each state. */
  readonly #lengths: number[] = [0];
  /** The state of the longest end of it that also stands elsewhere. */
  readonly #links: number[] = [-1];
  readonly #next: Map<number, number>[] = [new Map()];
  /** How much of each state was seen by `run`; 0: nothing. */
  readonly #seen: number[] = [0];
  #last = 0;

  /** @returns the state of all that was appended so far. */
  append(id: number): number {
    const current = this.#add(this.#length(this.#last) + 1, 0, new Map());
    let state = this.#last;
    while (state !== -1 && !this.#next[state]!.has(id)) {
      this.#next[state]!.set(id, current);
      state = this.#links[state]!;
    }
    if (state !== -1) this.#links[current] = this.#ending(state, id);
    this.#last = current;
    return current;
  }

  run(items: readonly string[], ids: ReadonlyMap<string, number>): void {
    let state = 0;
    let length = 0;
    for (const item of items) {
      const id = ids.get(item);
      let next = id === undefined ? undefined : this.#next[state]!.get(id);
      while (next === undefined && id !== undefined && state !== 0) {
        state = this.#links[state]!;
        length = this.#length(state);
        next = this.#next[state]!.get(id);
      }
      state = next ?? 0;
      length = next === undefined ? 0 : length + 1;
      if (length > this.#seen[state]!) this.#seen[state] = length;
    }
  }

  /** By state: the length of the longest of its ends that `run` saw. */
  longest(): Uint32Array {
    const shortestFirst = Uint32Array.from(this.#lengths.keys()).sort((a, b) => this.#length(a) - this.#length(b));
    const seen = Uint32Array.from(this.#seen);
    for (const state of shortestFirst.toReversed()) {
      if (state !== 0 && seen[state]! > 0) seen[this.#links[state]!] = this.#length(this.#links[state]!);
    }
    for (const state of shortestFirst) {
      if (state !== 0 && seen[state] === 0) seen[state] = seen[this.#links[state]!]!;
    }
    return seen;
  }

  /** The state that `id` leads to from `state`, split off where longer sequences than these two make share it. */
  #ending(state: number, id: number): number {
    const next = this.#next[state]!.get(id)!;
    const length = this.#length(state) + 1;
    if (this.#length(next) === length) return next;
    const split = this.#add(length, this.#links[next]!, new Map(this.#next[next]));
    for (let from = state; from !== -1 && this.#next[from]!.get(id) === next; from = this.#links[from]!) {
      this.#next[from]!.set(id, split);
    }
    this.#links[next] = split;
    return split;
  }

  #add(length: number, link: number, next: Map<number, number>): number {
    this.#links.push(link);
    this.#next.push(next);
    this.#seen.push(0);
    return this.#lengths.push(length) - 1;
  }

  #length(state: number): number {
    return this.#lengths[state]!;
  }
}
