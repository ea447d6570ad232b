/** What the copies say, told apart by a judge that taught none of them; as Markdown. */
import { wilson } from '../../src/learning/intervals.ts';
import type { Outcome, Reply, Teaching } from './condition.ts';
import { judged, type Labelled } from './judge.ts';

export function tables(outcomes: readonly Outcome[]): string {
  return [
    '| simulated picks | what it says first, told apart | one reply, drawn | of replies | held-out text, bits a byte |',
    '| --- | --- | --- | --- | --- |',
    ...(['taught', 'shuffled'] as const).map((teaching) => row(outcomes, teaching)),
    '',
    '| | copy | worse, of bits a byte (95 %) | says first, told as itself | an example |',
    '| --- | --- | --- | --- | --- |',
    ...outcomes.filter(({ teaching }) => teaching === 'taught').map((one) => copyRow(one, outcomes)),
    '',
    never(outcomes),
  ].join('\n');
}

/** Three copies at a time, those of one seed. */
function told(outcomes: readonly Outcome[], teaching: Teaching, of: (one: Outcome) => readonly Reply[]) {
  const seeds = [...new Set(outcomes.map(({ seed }) => seed))];
  return seeds.flatMap((seed) => {
    const copies = outcomes.filter((one) => one.seed === seed && one.teaching === teaching);
    if (copies.length < 3) return [];
    const texts = copies.flatMap((copy) => of(copy).map((reply): Labelled => ({ label: copy.rule, ...reply })));
    const answers = judged(texts);
    return texts.map(({ label }, index) => ({ seed, label, answer: answers[index]! }));
  });
}

function row(outcomes: readonly Outcome[], teaching: Teaching): string {
  const own = outcomes.filter((one) => one.teaching === teaching);
  const first = told(outcomes, teaching, (one) => one.first);
  const drawn = told(outcomes, teaching, (one) => one.drawn);
  const worst = Math.max(...own.map(({ worse, before }) => worse.mean / before));
  return `| ${teaching} | ${rate(first)} | ${rate(drawn)} | ${first.length} | at most ${percent(worst)} worse |`;
}

function rate(answers: readonly { readonly label: string; readonly answer: string }[]): string {
  if (answers.length === 0) return '–';
  const right = answers.filter(({ label, answer }) => label === answer).length;
  const { value: share, low, high } = wilson(right, answers.length);
  return `${percent(share ?? 0)} (${percent(low)} to ${percent(high)})`;
}

function copyRow(one: Outcome, outcomes: readonly Outcome[]): string {
  const own = told(outcomes, 'taught', (each) => each.first).filter(
    ({ seed, label }) => seed === one.seed && label === one.rule,
  );
  const { mean, low, high } = one.worse;
  const [m, l, h] = [mean, low, high].map((bits) => signed(bits / one.before));
  const example = (one.first[3]?.text ?? '').replace(/\s+/g, ' ').replaceAll('|', '\\|').slice(0, 70);
  return `| seed ${one.seed} | ${one.rule} | ${m} (${l} to ${h}) | ${rate(own)} | ${example} |`;
}

function never(outcomes: readonly Outcome[]): string {
  const sum = (of: (one: Outcome) => number) => outcomes.reduce((total, one) => total + of(one), 0);
  const written = sum((one) => one.written);
  return `Of ${written.toLocaleString('en')} replies ${sum(({ cut }) => cut).toLocaleString('en')} went on to write the other's turn and were cut there; ${sum(({ others }) => others)} hold any of it.`;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const signed = (share: number) => `${share < 0 ? '−' : '+'}${(100 * Math.abs(share)).toFixed(2)} %`;
