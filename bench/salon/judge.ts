/** Who looks at salons and chose nothing in them: a model says of each turn whether it has to do with what it answers; the rule of salons does the rest. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Turn } from '../../src/corpus/document.ts';
import { readCorpus } from '../../src/corpus/read-corpus.ts';
import { scoreAnswers } from '../../src/generation/score-answers.ts';
import { openModel } from '../../src/model/model.ts';
import { randomFrom, shuffled } from '../../src/random.ts';
import { type SaidTurn, whyOver } from '../../src/replies/why-over.ts';
import { likelihoodOf } from '../../src/scoring/likelihood.ts';
import { bookConversations } from './book-conversations.ts';
import { contextOf, JUDGE } from './conversation-home.ts';
import { type Asked, type HeldSalon, heldSalons, MOST_TURNS } from './salons.ts';

/** One who has learned to converse, and one who has only read books. */
export const JUDGES = [JUDGE, 'starter'] as const;
export type JudgeName = (typeof JUDGES)[number];

/** Relevance of each turn, in nats a token; of what answers nothing, null. */
type Looked = readonly (number | null)[];

interface Judged {
  readonly judge: JudgeName;
  /** Of a salon; of a conversation of people, its number in the books. */
  readonly key: string;
  readonly relevance: Looked;
  /** Of a conversation of people: as if each turn were a turn of another conversation. */
  readonly others?: Looked;
}

/** Of other conversations: the more, the less it depends on them. */
const THREADS = 8;
/** Of people; each costs as much as two salons. */
const CONVERSATIONS = 25;
const OPENED_BY = 'people';

const file = (folder: string) => path.join(folder, 'judged.jsonl');
const keyOf = ({ opening, arm }: Pick<HeldSalon, 'opening' | 'arm'>) => `${opening} ${arm}`;

function judgedIn(folder: string): readonly Judged[] {
  if (!existsSync(file(folder))) return [];
  const lines = readFileSync(file(folder), 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

/** What no judge has looked at yet: salons, and what people say to each other in the same books. */
export async function judgeSalons({ folder, books, until }: Asked): Promise<void> {
  const known = new Set(judgedIn(folder).map(({ judge, key }) => `${judge} ${key}`));
  const people = peopleIn(books);
  for (const judge of JUDGES) {
    const look = await looker(folder, judge);
    const keep = (judged: Judged) => appendFileSync(file(folder), `${JSON.stringify(judged)}\n`);
    for (const [index, { turns, others }] of people.entries()) {
      const key = `${OPENED_BY} ${index}`;
      if (known.has(`${judge} ${key}`) || Date.now() > until) continue;
      keep({ judge, key, relevance: await look.at(turns), others: await look.at(turns, others) });
    }
    for (const held of heldSalons(folder)) {
      const key = keyOf(held);
      if (known.has(`${judge} ${key}`) || Date.now() > until) continue;
      keep({ judge, key, relevance: await look.at(held.turns.map(({ text }) => text)) });
    }
    await look.close();
  }
}

/** Each with as many turns of other conversations of the same book. */
function peopleIn(books: string): readonly { readonly turns: readonly string[]; readonly others: readonly string[] }[] {
  const conversations = bookConversations(books, 'test');
  const random = randomFrom(3);
  const chosen = shuffled(conversations, random).slice(0, CONVERSATIONS);
  return chosen.map((conversation) => {
    const turns = conversation.turns.slice(0, MOST_TURNS);
    const elsewhere = conversations.filter((one) => one !== conversation && one.title === conversation.title);
    return {
      turns,
      others: shuffled(
        elsewhere.flatMap((one) => one.turns.slice(1)),
        random,
      ).slice(0, turns.length),
    };
  });
}

async function looker(folder: string, judge: JudgeName) {
  const model = await openModel(path.join(folder, 'models', judge));
  const threads = threadsOf(folder);
  const after = async (texts: readonly string[], context: readonly Turn[]) => {
    return (await scoreAnswers(model, texts, context)).map(
      ({ logProbabilities }) => likelihoodOf(logProbabilities).mean,
    );
  };
  return {
    /** `said`: in the places of the turns after the first, what is looked at instead of them. */
    async at(turns: readonly string[], said = turns): Promise<Looked> {
      const texts = said.slice(1);
      const elsewhere = [];
      for (const thread of threads) elsewhere.push(await after(texts, thread));
      const relevance: (number | null)[] = [null];
      for (const [index, text] of texts.entries()) {
        const [here] = await after([text], contextOf({ title: '', turns }, index + 1));
        relevance.push(here! - elsewhere.reduce((sum, one) => sum + one[index]!, 0) / elsewhere.length);
      }
      return relevance;
    },
    close: () => model.network.release(),
  };
}

/** What the judge has read of others, evenly over it. */
function threadsOf(folder: string): readonly (readonly Turn[])[] {
  const documents = readCorpus(path.join(folder, 'personas', JUDGE, 'corpus.jsonl'));
  const threads = documents.flatMap(({ context }) => (context?.at(-1)?.by === 'another' ? [context] : []));
  return Array.from(
    { length: THREADS },
    (_, index) => threads[Math.floor(((index + 0.5) * threads.length) / THREADS)]!,
  );
}

/** Turns until it was dull or a loop, or all that were heard. */
export interface Seen {
  readonly turns: number;
  readonly ended: boolean;
}

/** By the rule of salons. */
function seen(said: readonly SaidTurn[]): Seen {
  for (const at of said.keys()) {
    const over = whyOver(said.slice(0, at + 1));
    if (over !== null) return { turns: at + 1 - (over === 'loop' ? 1 : 2), ended: true };
  }
  return { turns: said.length, ended: false };
}

/** Undefined of a salon at which it has not looked. What is dull and what was said before is counted, and in the salon already. */
export function judgements(folder: string, judge: JudgeName): (held: HeldSalon) => Seen | undefined {
  const relevance = new Map(judgedIn(folder).flatMap((one) => (one.judge === judge ? [[one.key, one.relevance]] : [])));
  return (held) => {
    const looked = relevance.get(keyOf(held));
    return looked && seen(looked.map((one, at) => ({ ...held.turns[at], relevance: one ?? undefined })));
  };
}

export interface KnowsPeople {
  readonly judge: JudgeName;
  /** Of what people answered each other, and of what they said in other conversations of the book: seen as having nothing to do with it. */
  readonly beside: number;
  readonly othersBeside: number;
  /** How often an answer is found to have more to do with it than something of another conversation; .5 is chance. */
  readonly auc: number;
  readonly count: number;
  /** The conversations themselves, as if they were salons. */
  readonly seen: readonly Seen[];
}

/** What a judge is worth: what it makes of people. */
export function knowsPeople(folder: string, judge: JudgeName): KnowsPeople {
  const looked = judgedIn(folder).filter((one) => one.judge === judge && one.others);
  const numbers = (of: readonly Looked[]) => of.flat().filter((one) => one !== null);
  const [answers, others] = [
    numbers(looked.map(({ relevance }) => relevance)),
    numbers(looked.map((one) => one.others!)),
  ];
  const beside = (of: readonly number[]) => of.filter((one) => one <= 0).length / Math.max(1, of.length);
  const above = answers.reduce((sum, one) => sum + others.filter((other) => one > other).length, 0);
  return {
    judge,
    beside: beside(answers),
    othersBeside: beside(others),
    auc: above / Math.max(1, answers.length * others.length),
    count: answers.length,
    seen: looked.map(({ relevance }) => seen(relevance.map((one) => ({ relevance: one ?? undefined })))),
  };
}
