/** Whether the true reply is told from nine others, by the persona's model: with what it answers, and without. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Turn } from '../../src/corpus/document.ts';
import { readCorpus } from '../../src/corpus/read-corpus.ts';
import { scoreAnswers } from '../../src/generation/score-answers.ts';
import { type Model, openModel } from '../../src/model/model.ts';
import { randomFrom, shuffled } from '../../src/random.ts';
import { elsewhere } from '../../src/replies/elsewhere.ts';
import { likelihoodOf } from '../../src/scoring/likelihood.ts';
import { bookConversations } from './book-conversations.ts';
import { contextOf } from './conversation-home.ts';
import type { Asked } from './salons.ts';

export const MEASURES = [
  'relevance',
  'likelihood with the thread',
  'likelihood without it',
  'with less without, as texts',
] as const;
export type Measure = (typeof MEASURES)[number];

/** Of one reply, by which measures the true one came first; by model. */
export interface Recalled {
  readonly model: string;
  readonly first: Readonly<Record<Measure, boolean>>;
}

const OTHERS = 9;
const LEAST_REPLY = 15; // characters: "Yes" answers anything
const SEED = 7;

export const recallFile = (folder: string) => path.join(folder, 'recall.json');
export function recalled(folder: string): readonly Recalled[] {
  return existsSync(recallFile(folder)) ? JSON.parse(readFileSync(recallFile(folder), 'utf8')) : [];
}

/** The true reply and nine of other conversations of the same book, so that names and manners tell little. */
function casesOf(books: string, count: number) {
  const conversations = bookConversations(books, 'test');
  const random = randomFrom(SEED);
  const replies = conversations.flatMap((conversation, index) =>
    conversation.turns.flatMap((text, at) => {
      return at >= 2 && text.length >= LEAST_REPLY
        ? [{ index, title: conversation.title, text, context: contextOf(conversation, at) }]
        : [];
    }),
  );
  return shuffled(replies, random)
    .slice(0, count)
    .map(({ index, title, text, context }) => {
      const others = replies.filter((other) => other.index !== index && other.title === title);
      return {
        context,
        texts: [
          text,
          ...shuffled(others, random)
            .slice(0, OTHERS)
            .map((other) => other.text),
        ],
      };
    });
}

export async function recall({ folder, books, until, replies }: Asked & { readonly replies: number }): Promise<void> {
  const cases = casesOf(books, replies);
  const threads = elsewhere(readCorpus(path.join(folder, 'personas', 'ida', 'corpus.jsonl')));
  for (const name of ['ida', 'starter']) {
    const model = await openModel(path.join(folder, 'models', name));
    for (const { context, texts } of cases.slice(recalled(folder).filter((one) => one.model === name).length)) {
      if (Date.now() > until) break;
      const first = firstBy(await measured(model, texts, context, threads));
      writeFileSync(
        recallFile(folder),
        JSON.stringify([...recalled(folder), { model: name, first } satisfies Recalled]),
      );
    }
    await model.network.release();
  }
}

async function measured(
  model: Model,
  texts: readonly string[],
  context: readonly Turn[],
  threads: readonly (readonly Turn[])[],
): Promise<Record<Measure, readonly number[]>> {
  const means = async (turns: readonly Turn[]) => {
    return (await scoreAnswers(model, texts, turns)).map(({ logProbabilities }) => likelihoodOf(logProbabilities).mean);
  };
  const [here, alone] = [await means(context), await means([])];
  const others: (readonly number[])[] = [];
  for (const thread of threads) others.push(await means(thread));
  const mean = (index: number) => others.reduce((sum, other) => sum + other[index]!, 0) / others.length;
  return {
    relevance: here.map((value, index) => value - mean(index)),
    'likelihood with the thread': here,
    'likelihood without it': alone,
    'with less without, as texts': here.map((value, index) => value - alone[index]!),
  };
}

/** The true reply is the first text; a tie is a miss. */
function firstBy(values: Record<Measure, readonly number[]>): Record<Measure, boolean> {
  const isFirst = ([own, ...others]: readonly number[]) => others.every((other) => own! > other);
  return Object.fromEntries(MEASURES.map((measure) => [measure, isFirst(values[measure])])) as Record<Measure, boolean>;
}
