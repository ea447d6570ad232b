/** What the copies say, told apart by judges that taught none of them; as Markdown. */
import { wilson } from '../../src/learning/intervals.ts';
import type { Outcome, Reply, Teaching } from './condition.ts';
import { type Labelled, learnJudge } from './judge.ts';

export function tables(outcomes: readonly Outcome[]): string {
  return [
    '| simulated picks | what it says first | one reply, drawn | replies each | judge of the same copies: first | drawn | held-out text, the worst copy |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...(['taught', 'shuffled'] as const).map((teaching) => row(outcomes, teaching)),
    '',
    '| | copy | held-out text, bits a byte (95 %) | says first, known as its rule | an example |',
    '| --- | --- | --- | --- | --- |',
    ...outcomes.filter(({ teaching }) => teaching === 'taught').map((one) => copyRow(one, outcomes)),
    '',
    never(outcomes),
  ].join('\n');
}

/** What is asked about, and what a judge has read of other replies of the same kind. */
interface Kind {
  readonly asked: (one: Outcome) => readonly Reply[];
  readonly read: (one: Outcome) => readonly Reply[];
}
const first: Kind = { asked: (one) => one.first, read: (one) => one.offered };
const drawn: Kind = { asked: (one) => one.drawn, read: (one) => one.written };

interface Told {
  readonly seed: number;
  readonly label: string;
  readonly answer: string;
}

const labelled = (copies: readonly Outcome[], of: (one: Outcome) => readonly Reply[]) =>
  copies.flatMap((copy) => of(copy).map(({ text, question }) => ({ label: copy.rule, text, question })));

/**
 * Each seed's copies by a judge that knows the taught copies of the other seeds alone: it tells the rule, and not what is peculiar to one
 * copy. Of copies that were taught nothing it can tell nothing.
 */
function byOthers(outcomes: readonly Outcome[], teaching: Teaching, kind: Kind): Told[] {
  const seeds = [...new Set(outcomes.map(({ seed }) => seed))];
  return seeds.flatMap((seed) => {
    const others = outcomes.filter((one) => one.seed !== seed && one.teaching === 'taught');
    if (new Set(others.map(({ rule }) => rule)).size < 3) return [];
    const judge = learnJudge(labelled(others, kind.read));
    const own = outcomes.filter((one) => one.seed === seed && one.teaching === teaching);
    return labelled(own, kind.asked).map(({ label, text }) => ({ seed, label, answer: judge(text) }));
  });
}

const FOLDS = 5;

/** By a judge that knows what the same copies say to other questions: peculiarities count, and any two copies have some. */
function bySame(outcomes: readonly Outcome[], teaching: Teaching, kind: Kind): Told[] {
  const seeds = [...new Set(outcomes.map(({ seed }) => seed))];
  return seeds.flatMap((seed) => {
    const own = outcomes.filter((one) => one.seed === seed && one.teaching === teaching);
    if (own.length < 3) return [];
    const [read, all] = [labelled(own, kind.read), labelled(own, kind.asked)];
    return Array.from({ length: FOLDS }, (_, fold) => {
      const known: Labelled[] = read.filter(({ question }) => question % FOLDS !== fold);
      const judge = learnJudge(known);
      const asked = all.filter(({ question }) => question % FOLDS === fold);
      return asked.map(({ label, text }) => ({ seed, label, answer: judge(text) }));
    }).flat();
  });
}

function row(outcomes: readonly Outcome[], teaching: Teaching): string {
  const own = outcomes.filter((one) => one.teaching === teaching);
  const count = own.reduce((sum, one) => sum + one.first.length, 0);
  const others = [first, drawn].map((kind) => rate(byOthers(outcomes, teaching, kind)));
  const same = [first, drawn].map((kind) => rate(bySame(outcomes, teaching, kind)));
  const worst = own.length === 0 ? '–' : signed(Math.max(...own.map(({ worse, before }) => worse.mean / before)));
  return `| ${[teaching, ...others, count, ...same, worst].join(' | ')} |`;
}

function rate(answers: readonly Told[]): string {
  if (answers.length === 0) return '–';
  const right = answers.filter(({ label, answer }) => label === answer).length;
  const { value, low, high } = wilson(right, answers.length);
  return `${percent(value ?? 0)} (${percent(low)}–${percent(high)})`;
}

function copyRow(one: Outcome, outcomes: readonly Outcome[]): string {
  const own = byOthers(outcomes, 'taught', first).filter(({ seed, label }) => seed === one.seed && label === one.rule);
  const { mean, low, high } = one.worse;
  const [m, l, h] = [mean, low, high].map((bits) => signed(bits / one.before));
  const example = (one.first[3]?.text ?? '').replace(/\s+/g, ' ').replaceAll('|', '\\|').slice(0, 70);
  return `| seed ${one.seed} | ${one.rule} | ${m} (${l} to ${h}) | ${rate(own)} | ${example} |`;
}

function never(outcomes: readonly Outcome[]): string {
  const sum = (of: (one: Outcome) => number) => outcomes.reduce((total, one) => total + of(one), 0);
  const written = sum((one) => one.count).toLocaleString('en');
  const cut = sum((one) => one.cut).toLocaleString('en');
  return `Of ${written} replies ${cut} went on to write the other's turn and were cut there; ${sum((one) => one.others)} hold any of it.`;
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
const signed = (share: number) => `${share < 0 ? '−' : '+'}${(100 * Math.abs(share)).toFixed(2)} %`;
