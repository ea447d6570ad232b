/** What came of all conditions, as Markdown. */
import { existsSync, readFileSync } from 'node:fs';
import { wilson } from '../../src/learning/intervals.ts';
import type { Outcome, Share } from './condition.ts';
import { CURATORS } from './curators.ts';
import { CHECKPOINTS } from './teach.ts';

export function readOutcomes(files: readonly string[]): readonly Outcome[] {
  return files.filter((file) => existsSync(file)).map((file): Outcome => JSON.parse(readFileSync(file, 'utf8')));
}

export function tables(outcomes: readonly Outcome[]): string {
  const minutes = outcomes.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
  return [
    '| curator (simulated) | wrong labels | every text | after 50 | 100 | 200 | 300 | times at 200 | adapter alone | both |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...CURATORS.map(({ name, noise, isHard }) => {
      const own = outcomes.filter(({ curator, teaching }) => curator === name && teaching === 'taught');
      const after = CHECKPOINTS.map((count) => pooled(own.map(({ selector }) => selector[count])));
      const base = pooled(own.map((outcome) => outcome.base));
      return row([
        `${name}${isHard ? ' (hard)' : ''}`,
        percent(noise),
        shown(base),
        ...after.map(shown),
        (rate(after[2]!) / rate(base)).toFixed(1),
        shown(pooled(own.map(({ adapter }) => adapter?.every))),
        shown(pooled(own.map(({ adapter }) => adapter?.first))),
      ]);
    }),
    '',
    '| control | every text | selector after 300 | adapter alone | both |',
    '| --- | --- | --- | --- | --- |',
    ...(['taught', 'shuffled', 'random'] as const).map((teaching) => {
      const own = outcomes.filter((outcome) => outcome.teaching === teaching);
      const first = own.filter(({ seed }) => seed === 1);
      return row([
        { taught: 'none of them: taught', shuffled: 'shuffled labels', random: 'random choices' }[teaching],
        shown(pooled(own.map(({ base }) => base))),
        spread(own.map(({ selector }) => selector[300])),
        spread(first.map(({ adapter }) => adapter?.every)),
        spread(first.map(({ adapter }) => adapter?.first)),
      ]);
    }),
    '',
    '| adapter | steps | strength | own text | generic | approved | distinct-2 | copied of 320 | proxy wins | gate | trial |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...outcomes.flatMap(({ curator, seed, teaching, adapter }) => {
      if (!adapter) return [];
      const { own, generic, approved, distinct, copied, proxy } = adapter.numbers;
      const failed = adapter.rows.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
      return [
        row([
          `${curator}, seed ${seed}${teaching === 'taught' ? '' : `, ${teaching}`}`,
          String(adapter.steps),
          String(adapter.strength),
          ...[own, generic, approved].map(({ difference, before }) => signed(difference.mean / before)),
          percent(distinct.two.after / distinct.two.before),
          `${copied.after} (${copied.before})`,
          proxy ? percent(proxy.winRate) : '–',
          failed.length === 0 ? 'passed' : `refused: ${failed.join('; ')}`,
          adapter.trial.verdict,
        ]),
      ];
    }),
    '',
    `${outcomes.length} conditions; ${minutes.toFixed(0)} minutes of one core's time, without the shared candidates.`,
  ].join('\n');
}

function pooled(shares: readonly (Share | undefined)[]): Share {
  const known = shares.filter((share) => share !== undefined);
  const sum = (part: keyof Share) => known.reduce((total, share) => total + share[part], 0);
  return { liked: sum('liked'), approved: sum('approved'), of: sum('of') };
}

const rate = ({ liked, of }: Share) => liked / of;

/** By the rule, with its Wilson interval; what the curator would say, errors and all, in brackets. */
function shown({ liked, approved, of }: Share): string {
  if (of === 0) return '–';
  const { low, high } = wilson(liked, of);
  return `${percent(liked / of)} (${percent(low)}–${percent(high)}) [${percent(approved / of)}]`;
}

/** Of several selectors or adapters, each of which errs in its own way: the mean, and the least and most of them. */
function spread(shares: readonly (Share | undefined)[]): string {
  const known = shares.filter((share) => share !== undefined && share.of > 0).map((share) => rate(share!));
  if (known.length === 0) return '–';
  const mean = known.reduce((sum, one) => sum + one, 0) / known.length;
  return `${percent(mean)} (${percent(Math.min(...known))}–${percent(Math.max(...known))}, ${known.length})`;
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
const signed = (share: number) => `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(2)} %`;
