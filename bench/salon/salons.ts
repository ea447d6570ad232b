/** Two personas talk from an opening that nobody has read, once for each way to choose what they say. Kept as lines of JSON. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { holdSalon, type Salon, type SalonEnd, type SalonTurn } from '../../src/daemon/composing/hold-salon.ts';
import type { RankedReplies } from '../../src/daemon/composing/rank-replies.ts';
import type { Judged } from '../../src/daemon/composing/write-candidates.ts';
import { anothersLine } from '../../src/generation/own-turn.ts';
import { startModelHost } from '../../src/host/model-host.ts';
import { createLog } from '../../src/log.ts';
import { loadPersona } from '../../src/persona/load-persona.ts';
import { randomFrom, shuffled } from '../../src/random.ts';
import { openStore } from '../../src/store/store.ts';
import { bookConversations } from './book-conversations.ts';
import { PERSONAS } from './conversation-home.ts';

/** Of what passed every gate: all of them choose from the same. */
const best = (score: (one: Judged) => number) => {
  return ({ all }: RankedReplies) => all.filter(({ passed }) => passed).toSorted((a, b) => score(b) - score(a))[0];
};

/** What looks at the conversation, and not at the text alone. */
const RERANKER = ['relevance', 'dullness', 'said before'];
const withoutReranker = ({ features }: Judged) =>
  features.reduce((sum, { name, part }) => (RERANKER.includes(name) ? sum : sum + part), 0);

export const ARMS = {
  'with the reranker': best(({ score }) => score),
  'without: the other features': best(withoutReranker),
  'without: the likeliest': best(({ logProbability, tokens }) => logProbability / Math.max(1, tokens)),
} satisfies Record<string, (replies: RankedReplies) => Judged | undefined>;
export type Arm = keyof typeof ARMS;

export interface HeldSalon {
  readonly opening: number;
  readonly arm: Arm;
  readonly turns: readonly Pick<SalonTurn, 'persona' | 'text' | 'relevance' | 'dullness' | 'saidBefore'>[];
  readonly end: SalonEnd['kind'];
  /** Replies written; those in which the model went on as the other; and of those that passed every gate, in which that stands. */
  readonly written: number;
  readonly wentOn: number;
  readonly passed: number;
  readonly asOther: number;
}

export const MOST_TURNS = 12;
const CANDIDATES = 4;
const LEAST_OPENING = 30; // characters: who says less opens nothing
const SEED = 5;

export interface Asked {
  readonly folder: string;
  readonly books: string;
  readonly until: number;
}

export const salonsFile = (folder: string) => path.join(folder, 'salons.jsonl');

export function heldSalons(folder: string): readonly HeldSalon[] {
  const file = salonsFile(folder);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** In as many lanes at once, each with a thread of its own for the model. */
const LANES = 2;

export async function holdSalons({
  folder,
  books,
  until,
  openings: count,
  arms,
}: Asked & { readonly openings: number; readonly arms: readonly Arm[] }): Promise<void> {
  const said = bookConversations(books, 'test').flatMap(({ turns }) => turns);
  const openings = shuffled(
    said.filter(({ length }) => length >= LEAST_OPENING),
    randomFrom(SEED),
  ).slice(0, count);
  const known = new Set(heldSalons(folder).map(({ opening, arm }) => `${opening} ${arm}`));
  // Each opening in all ways before the next: whatever is cut off, each way has the same openings.
  const queue = openings
    .flatMap((text, opening) => arms.map((arm) => ({ opening, text, arm })))
    .filter(({ opening, arm }) => !known.has(`${opening} ${arm}`));
  const lane = async () => {
    const store = openStore(':memory:');
    const host = startModelHost(createLog({ level: 'silent' }));
    const speakers = PERSONAS.map((name) => {
      const persona = loadPersona(path.join(folder, 'personas', name));
      const quality = { ...persona.quality, candidates: CANDIDATES, keep: CANDIDATES };
      return { store, host, home: folder, now: () => new Date(), persona: { ...persona, quality } };
    });
    for (let next = queue.shift(); next && Date.now() < until; next = queue.shift()) {
      const held = await hold(speakers, next);
      appendFileSync(salonsFile(folder), `${JSON.stringify(held)}\n`);
    }
    await host.close();
    await store.close();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

interface ToHold {
  readonly opening: number;
  readonly text: string;
  readonly arm: Arm;
}

async function hold(speakers: Salon['speakers'], { opening, text, arm }: ToHold): Promise<HeldSalon> {
  const counted = { written: 0, wentOn: 0, passed: 0, asOther: 0 };
  const choose = (replies: RankedReplies) => {
    for (const { rawText, text, passed } of replies.all) {
      counted.written++;
      if (anothersLine(rawText) !== undefined) counted.wentOn++;
      if (passed) counted.passed++;
      if (passed && anothersLine(text) !== undefined) counted.asOther++;
    }
    return ARMS[arm](replies);
  };
  const salon = holdSalon({ speakers, opening: text, most: MOST_TURNS, seed: opening, choose });
  const turns: SalonTurn[] = [];
  let next = await salon.next();
  for (; !next.done; next = await salon.next()) turns.push(next.value);
  const told = turns.map(({ persona, text, relevance, dullness, saidBefore }) => {
    return { persona, text, relevance, dullness, saidBefore };
  });
  return { opening, arm, turns: told, end: next.value.kind, ...counted };
}
