/** What was kept of salons and replies, as tables. */
import { wilson } from '../../src/learning/intervals.ts';
import { randomFrom } from '../../src/random.ts';
import { JUDGES, judgements, knowsPeople, type Seen } from './judge.ts';
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
const byItself = (held: HeldSalon): Seen => ({ turns: goodTurns(held), ended: isOver(held.end) });

/** Who says when a salon was over. */
type Eye = (held: HeldSalon) => Seen | undefined;

export function salonTables({ folder }: Pick<Asked, 'folder'>): string {
  const held = heldSalons(folder);
  const [first, ...others] = (Object.keys(ARMS) as Arm[]).filter((arm) => held.some((one) => one.arm === arm));
  const eyes: readonly Eye[] = [byItself, ...JUDGES.map((judge) => judgements(folder, judge))];
  const rows =
    first === undefined
      ? []
      : [first, ...others].map((arm) => {
          const of = held.filter((one) => one.arm === arm);
          return [
            arm,
            of.length,
            mean(of.map(goodTurns)).toFixed(2),
            ...eyes.flatMap((eye) => cells(held, eye, { arm, first })),
          ];
        });
  const count = (key: 'written' | 'wentOn' | 'passed' | 'asOther') => held.reduce((sum, one) => sum + one[key], 0);
  const people = JUDGES.map((judge) => knowsPeople(folder, judge));
  return [
    table([
      [
        'replies chosen',
        'salons',
        'turns heard each',
        'turns for one end',
        'times',
        ...JUDGES.flatMap((judge) => [`as ${judge} sees it`, 'times']),
      ],
      ...rows,
    ]),
    '',
    table([
      [
        'judge',
        'answers of people that it finds beside the point',
        'of what was said elsewhere',
        'tells them apart (AUC)',
        'answers',
        'turns of people for one end',
      ],
      ...people.map((one) => [
        one.judge,
        percent(one.beside),
        percent(one.othersBeside),
        one.auc.toFixed(2),
        one.count,
        told(one.seen),
      ]),
    ]),
    '',
    table([
      ['replies written', 'went on as the other', 'passed every gate', 'of these, speak for the other'],
      [count('written'), count('wentOn'), count('passed'), count('asOther')],
    ]),
    '',
  ].join('\n');
}

/** Turns for an end; and how many times as many the first way has, over openings that both had. */
function cells(
  held: readonly HeldSalon[],
  eye: Eye,
  { arm, first }: { readonly arm: Arm; readonly first: Arm },
): string[] {
  const seenOf = (which: Arm) =>
    new Map(
      held.flatMap((one) => {
        const seen = one.arm === which ? eye(one) : undefined;
        return seen ? [[one.opening, seen] as const] : [];
      }),
    );
  const [own, best] = [seenOf(arm), seenOf(first)];
  const common = [...own].flatMap(([opening, seen]) =>
    best.has(opening) ? [[best.get(opening)!, seen] as const] : [],
  );
  return [told([...own.values()]), arm === first ? '' : ratio(common)];
}

const told = (seen: readonly Seen[]) => `${perEnd(seen)} (${seen.filter(({ ended }) => ended).length} ended)`;

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
