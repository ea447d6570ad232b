/** What was kept of salons and replies, as tables. */
import path from 'node:path';
import { scoreAnswers } from '../../src/generation/score-answers.ts';
import { wilson } from '../../src/learning/intervals.ts';
import { openModel } from '../../src/model/model.ts';
import { randomFrom } from '../../src/random.ts';
import { elsewhere } from '../../src/replies/elsewhere.ts';
import { whyOver } from '../../src/replies/why-over.ts';
import { likelihoodOf } from '../../src/scoring/likelihood.ts';
import { bookConversations } from './book-conversations.ts';
import { contextOf } from './conversation-home.ts';
import { MEASURES, recalled } from './recall.ts';
import { ARMS, type Arm, type Asked, type HeldSalon, heldSalons } from './salons.ts';

const table = (rows: readonly (readonly (string | number)[])[]): string => {
  const [head, ...body] = rows.map((cells) => `| ${cells.join(' | ')} |`);
  return [head, `|${' --- |'.repeat(rows[0]?.length ?? 0)}`, ...body].join('\n');
};
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** Openings that every way to choose has had. */
function whole(salons: readonly HeldSalon[]): ReadonlyMap<number, ReadonlyMap<Arm, HeldSalon>> {
  const byOpening = Map.groupBy(salons, ({ opening }) => opening);
  const all = [...byOpening].map(([opening, held]) => [opening, new Map(held.map((one) => [one.arm, one]))] as const);
  return new Map(all.filter(([, held]) => Object.keys(ARMS).every((arm) => held.has(arm as Arm))));
}

/** Turns before the first that made it dull or a loop; all of them where it ended otherwise. */
const goodTurns = ({ turns, end }: HeldSalon) => turns.length - (end === 'loop' ? 1 : end === 'dull' ? 2 : 0);

export async function salonTables({ folder, books }: Asked): Promise<string> {
  const salons = whole(heldSalons(folder));
  const arms = Object.keys(ARMS) as Arm[];
  const of = (arm: Arm) => [...salons.values()].map((held) => held.get(arm)!);
  const judged = new Map<Arm, readonly number[]>();
  const judge = await otherJudge(folder, books);
  for (const arm of arms) judged.set(arm, await Promise.all(of(arm).map(judge.goodTurns)));
  await judge.close();
  const rows = arms.map((arm) => {
    const held = of(arm);
    const ends = (kind: string) => held.filter(({ end }) => end === kind).length;
    const turns = held.map(goodTurns);
    return [
      arm,
      mean(turns).toFixed(2),
      ratio(of(arms[0]!).map(goodTurns), turns),
      mean(judged.get(arm)!).toFixed(2),
      ratio(judged.get(arms[0]!)!, judged.get(arm)!),
      ends('loop'),
      ends('dull'),
      ends('speechless'),
      ends('enough'),
    ];
  });
  const all = heldSalons(folder);
  const count = (key: 'written' | 'wentOn' | 'passed' | 'asOther') => all.reduce((sum, one) => sum + one[key], 0);
  return [
    table([
      [
        `salons from ${salons.size} openings`,
        'turns before dull or loop',
        'times',
        'by another judge',
        'times',
        'loop',
        'dull',
        'speechless',
        'all turns',
      ],
      ...rows,
    ]),
    '',
    table([
      ['replies written', 'went on as the other', 'passed every gate', 'of these, speak for the other'],
      [count('written'), count('wentOn'), count('passed'), count('asOther')],
    ]),
    '',
  ].join('\n');
}

const RESAMPLES = 2000;

/** How many times as many turns the first has, with the interval of 95 % of resampled openings. */
function ratio(first: readonly number[], other: readonly number[]): string {
  if (first === other || first.every((value, index) => value === other[index])) return '';
  const random = randomFrom(1);
  const ratios = Array.from({ length: RESAMPLES }, () => {
    const drawn = first.map(() => Math.floor(random() * first.length));
    return mean(drawn.map((index) => first[index]!)) / mean(drawn.map((index) => other[index]!));
  }).toSorted((a, b) => a - b);
  const at = (share: number) => ratios[Math.floor(share * RESAMPLES)]!.toFixed(2);
  return `${(mean(first) / mean(other)).toFixed(2)} (${at(0.025)} to ${at(0.975)})`;
}

/** The same rule, with what has to do with what told by a model that chose nothing: the starter, and threads of books that it never read. */
async function otherJudge(folder: string, books: string) {
  const model = await openModel(path.join(folder, 'models', 'starter'));
  const conversations = bookConversations(books, 'test');
  const threads = elsewhere(conversations.map((one) => ({ context: contextOf(one, one.turns.length - 1) })));
  const after = async (text: string, context: Parameters<typeof scoreAnswers>[2]) => {
    const [score] = await scoreAnswers(model, [text], context);
    return likelihoodOf(score!.logProbabilities).mean;
  };
  return {
    async goodTurns({ turns }: HeldSalon): Promise<number> {
      const texts = turns.map(({ text }) => text);
      const said: { relevance?: number; dullness?: number | undefined; saidBefore?: number | undefined }[] = [];
      for (const [at, turn] of turns.entries()) {
        if (at === 0) {
          said.push({});
          continue;
        }
        const here = await after(turn.text, contextOf({ title: '', turns: texts }, at));
        const others: number[] = [];
        for (const thread of threads) others.push(await after(turn.text, thread));
        said.push({ relevance: here - mean(others), dullness: turn.dullness, saidBefore: turn.saidBefore });
        const over = whyOver(said);
        if (over !== null) return at + 1 - (over === 'loop' ? 1 : 2);
      }
      return turns.length;
    },
    close: () => model.network.release(),
  };
}

export function recallTable({ folder }: Asked): string {
  const all = recalled(folder);
  const rows = [...Map.groupBy(all, ({ model }) => model)].flatMap(([model, of]) =>
    MEASURES.map((measure) => {
      const hits = of.filter(({ first }) => first[measure]).length;
      const { value, low, high } = wilson(hits, of.length);
      return [model, measure, `${hits} of ${of.length}`, percent(value ?? 0), `${percent(low)} to ${percent(high)}`];
    }),
  );
  return table([['model', 'ranked by', 'true reply first of 10', 'Recall@1', '95 %'], ...rows]);
}
