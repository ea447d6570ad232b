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

/** Turns before the first that made it dull or a loop; all of them where it ended otherwise. */
const goodTurns = ({ turns, end }: HeldSalon) => turns.length - (end === 'loop' ? 1 : end === 'dull' ? 2 : 0);

export async function salonTables({ folder, books }: Asked): Promise<string> {
  const held = heldSalons(folder);
  const arms = Object.keys(ARMS) as Arm[];
  const judge = await otherJudge(folder, books);
  const rows: (string | number)[][] = [];
  const first = new Map<number, Turns>();
  for (const arm of arms) {
    const of = held.filter((one) => one.arm === arm);
    const turns: (Turns & { readonly opening: number })[] = [];
    for (const one of of) {
      const by = [{ turns: goodTurns(one), ended: isOver(one.end) }, await judge.look(one)] as const;
      turns.push({ opening: one.opening, own: by[0], other: by[1] });
      if (arm === arms[0]) first.set(one.opening, { own: by[0], other: by[1] });
    }
    const common = turns.flatMap((one) => (first.has(one.opening) ? [[first.get(one.opening)!, one] as const] : []));
    const cells = (whose: keyof Turns) => [
      `${perEnd(turns.map((one) => one[whose]))} (${turns.filter((one) => one[whose].ended).length} ended)`,
      arm === arms[0] ? '' : ratio(common.map(([with_, without]) => [with_[whose], without[whose]])),
    ];
    const ends = (kind: string) => of.filter(({ end }) => end === kind).length;
    rows.push([
      arm,
      of.length,
      mean(of.map(goodTurns)).toFixed(2),
      ...cells('own'),
      ...cells('other'),
      ends('loop'),
      ends('dull'),
      ends('enough'),
    ]);
  }
  await judge.close();
  const all = heldSalons(folder);
  const count = (key: 'written' | 'wentOn' | 'passed' | 'asOther') => all.reduce((sum, one) => sum + one[key], 0);
  return [
    table([
      [
        'replies chosen',
        'salons',
        'turns seen each',
        'turns for one end',
        'times',
        'by another judge',
        'times',
        'loop',
        'dull',
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

/** Of one salon: turns until it was dull or a loop, or all that were heard. */
interface Seen {
  readonly turns: number;
  readonly ended: boolean;
}

interface Turns {
  readonly own: Seen;
  readonly other: Seen;
}

const isOver = (end: HeldSalon['end']) => end === 'loop' || end === 'dull';

/**
 * Turns heard for each salon that went dull or round: where most are still going when nobody listens any more, that and not
 * the mean says how long they last (maximum likelihood of an end that comes at any turn alike). Of no end at all, at least so many.
 */
function perEnd(seen: readonly Seen[]): string {
  const ends = seen.filter(({ ended }) => ended).length;
  const turns = seen.reduce((sum, one) => sum + one.turns, 0);
  return ends === 0 ? `over ${turns}` : (turns / ends).toFixed(1);
}

const RESAMPLES = 2000;

/** How many times as many turns the first lasts, with the interval of 95 % of resampled openings; half an end is added to each, so that none is none. */
function ratio(pairs: readonly (readonly [Seen, Seen])[]): string {
  const random = randomFrom(1);
  const lasts = (seen: readonly Seen[]) =>
    seen.reduce((sum, { turns }) => sum + turns, 0) / (0.5 + seen.filter(({ ended }) => ended).length);
  const of = (drawn: typeof pairs) => lasts(drawn.map(([one]) => one)) / lasts(drawn.map(([, other]) => other));
  const ratios = Array.from({ length: RESAMPLES }, () =>
    of(pairs.map(() => pairs[Math.floor(random() * pairs.length)]!)),
  );
  const at = (share: number) => ratios.toSorted((a, b) => a - b)[Math.floor(share * RESAMPLES)]!.toFixed(2);
  return pairs.length === 0 ? '' : `${of(pairs).toFixed(2)} (${at(0.025)} to ${at(0.975)})`;
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
    async look({ turns }: HeldSalon): Promise<Seen> {
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
        if (over !== null) return { turns: at + 1 - (over === 'loop' ? 1 : 2), ended: true };
      }
      return { turns: turns.length, ended: false };
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
