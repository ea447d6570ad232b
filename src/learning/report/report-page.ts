/** The report of a persona's learning as one page of HTML. */
import { escaped, factRow, figure, htmlPage, htmlTable, section } from '../../corpus/html-page.ts';
import { lineChart } from '../../training/report/line-chart.ts';
import type { Rate } from '../intervals.ts';
import { balanceOf } from '../readers.ts';
import type { Interval } from '../selector/evaluate-selector.ts';
import { wordSentences } from '../selector/word-evidence.ts';
import type { LearningReport } from './learning-report.ts';

export function learningPage(report: LearningReport): string {
  const { acceptance, selector, autonomy, adapters, copied, distinct, rejects, corrections, arms, outcomes } = report;
  const areHeard = arms.some(({ readers }) => readers !== undefined);
  const facts: readonly (readonly [string, string])[] = [
    [`approved of ${acceptance.all.of}`, percent(acceptance.all.value)],
    [`approved blind, of ${acceptance.blind.of}`, percent(acceptance.blind.value)],
    ['AUC on blind decisions', selector.evaluation?.auc ? selector.evaluation.auc.value.toFixed(2) : 'unknown'],
    ...(autonomy === null ? [] : [['approved by itself', String(autonomy.approved)] as const]),
  ];
  return htmlPage(`Learning of ${report.persona}`, [
    `<h1>What ${escaped(report.persona)} has learned</h1>`,
    `<p class="dim">${escaped(report.at.slice(0, 16).replace('T', ' '))} UTC. Every share with its count and its 95 % interval.</p>`,
    factRow(facts),
    section('Acceptance over time', acceptanceChart(acceptance) + acceptanceTable(acceptance)),
    section('Selector', selectorPart(selector)),
    section(
      'Autonomy',
      autonomy === null
        ? ''
        : paragraph(
            `${autonomy.threshold === null ? 'It approves nothing by itself' : `It approves by itself from ${percent(autonomy.threshold)} on`}: ${autonomy.because}. It took over ${autonomy.approved} of ${autonomy.share.of} decisions; you took back ${autonomy.takenBack}.`,
          ),
    ),
    section(
      'Adapters',
      htmlTable(
        ['adapter', 'status', 'over', 'made', 'gate'],
        adapters.map(({ id, status, parent, createdAt, manifest }) => [
          String(id),
          status,
          parent,
          createdAt.slice(0, 10),
          gateOf(manifest),
        ]),
      ),
    ),
    section(
      'Texts',
      htmlTable(
        ['', ''],
        [
          ['stopped as copies', `${rate(copied.stopped)}`],
          ['of approved texts in copied passages', percent(copied.shareOfApproved)],
          ...(distinct === null
            ? []
            : [
                [`distinct-1 in ${distinct.words} words`, distinct.one.toFixed(3)],
                [`distinct-2 in ${distinct.words} words`, distinct.two.toFixed(3)],
              ]),
          ...(outcomes === null
            ? []
            : [
                [`likes, mean of ${outcomes.posts} posts`, outcomes.likes.toFixed(1)],
                ['boosts', outcomes.boosts.toFixed(1)],
                ['replies', outcomes.replies.toFixed(1)],
              ]),
        ],
      ),
    ),
    section(
      'What rejects say',
      htmlTable(
        ['reason', 'times'],
        rejects.reasons.map(({ reason, count }) => [reason, String(count)]),
      ),
    ),
    section(
      'What you keep changing',
      htmlTable(
        ['', 'words', 'edits'],
        corrections.repeated.map(({ kind, text, edits }) => [kind, text, String(edits)]),
      ) +
        corrections.latest
          .map(({ draft, pieces }) => {
            const tags = { kept: ['', ''], removed: ['<del>', '</del>'], added: ['<ins>', '</ins>'] } as const;
            const words = pieces.map(({ kind, text }) => tags[kind][0] + escaped(text) + tags[kind][1]).join('');
            return `<blockquote>${words}<div class="dim">draft ${draft}</div></blockquote>`;
          })
          .join(''),
    ),
    section(
      'Openings',
      htmlTable(
        ['opening', 'state', 'approved', 'decided', ...(areHeard ? ['readers'] : [])],
        arms
          .filter(({ state, decided }) => state === 'live' || decided > 0)
          .map(({ prompt, state, approved, decided, readers }) => [
            prompt === '' ? '(from nothing)' : prompt,
            state,
            String(approved),
            String(decided),
            ...(areHeard ? [balanceOf(readers)] : []),
          ]),
      ),
    ),
  ]);
}

function acceptanceChart({ overTime }: LearningReport['acceptance']): string {
  if (overTime.length < 2) return '';
  const points = (of: (step: (typeof overTime)[number]) => Rate, value: (rate: Rate) => number | null) =>
    overTime.flatMap((step, index) => {
      const y = of(step).of === 0 ? null : value(of(step));
      return y === null ? [] : [{ x: index + 1, y }];
    });
  const curves = [
    { name: 'blind', of: ({ blind }: (typeof overTime)[number]) => blind, colour: 'first' },
    { name: 'scores shown', of: ({ scoresShown }: (typeof overTime)[number]) => scoresShown, colour: 'second' },
  ] as const;
  return figure(
    lineChart({
      title: 'Share of approved drafts over time',
      x: 'part of the decisions, oldest first',
      y: 'share approved; dotted: 95 % intervals',
      from: 0,
      lines: curves.flatMap(({ name, of, colour }) => [
        { name, points: points(of, ({ value }) => value), colour },
        { name: `${name}, low`, points: points(of, ({ low }) => low), colour, look: 'dotted' as const },
        { name: `${name}, high`, points: points(of, ({ high }) => high), colour, look: 'dotted' as const },
      ]),
    }),
  );
}

function acceptanceTable({ all, blind, scoresShown, overTime }: LearningReport['acceptance']): string {
  return htmlTable(
    ['decisions', 'blind', 'scores shown'],
    [
      ['all', rate(blind), rate(scoresShown)],
      ...overTime.map((step) => [
        `${step.from.slice(0, 10)} to ${step.to.slice(0, 10)}`,
        rate(step.blind),
        rate(step.scoresShown),
      ]),
    ].slice(0, all.of === 0 ? 0 : undefined),
  );
}

function selectorPart({
  decisions,
  texts,
  ignorance,
  evaluation,
  features,
  words,
  notes,
}: LearningReport['selector']): string {
  const said = notes.map((note) => paragraph(`Note: ${note}.`)).join('');
  if (ignorance !== null) return paragraph(`It does not know yet what you like: ${ignorance}. The priors rank.`) + said;
  const measured =
    evaluation?.auc && evaluation.brier
      ? paragraph(
          `Learned from ${texts} texts in ${decisions} decisions. On ${evaluation.drafts} blind drafts that it had not seen: AUC ${interval(evaluation.auc)}, 0.5 is chance; Brier score ${interval(evaluation.brier)}, where always saying the mean has ${evaluation.brierOfMean?.toFixed(3)}.`,
        )
      : paragraph('No blind decisions of both kinds yet, so nobody knows how good it is.');
  const curve = evaluation?.curve ?? [];
  const chart = figure(
    lineChart({
      title: 'What it said, and what was so',
      x: 'it said',
      y: 'was approved; dotted: 95 % intervals',
      from: 0,
      lines: [
        { name: 'was so', points: curve.map(({ said, was }) => ({ x: said, y: was.value })), colour: 'first' },
        {
          name: 'low',
          points: curve.map(({ said, was }) => ({ x: said, y: was.low })),
          colour: 'first',
          look: 'dotted',
        },
        {
          name: 'high',
          points: curve.map(({ said, was }) => ({ x: said, y: was.high })),
          colour: 'first',
          look: 'dotted',
        },
        { name: 'perfect', points: curve.map(({ said }) => ({ x: said, y: said })), colour: 'second', look: 'dashed' },
      ],
    }),
  );
  const table = htmlTable(
    ['feature', 'nats of log-odds a deviation'],
    features.map(({ name, weight }) => [name, weight.toFixed(2).replace('-', '−')]),
  );
  return measured + chart + table + wordSentences(words).map(paragraph).join('') + said;
}

/** Each line of an adapter's gate that did not pass; or that all did. */
function gateOf(manifest: unknown): string {
  const rows =
    typeof manifest === 'object' && manifest !== null && 'rows' in manifest && Array.isArray(manifest.rows)
      ? manifest.rows
      : [];
  const open = rows.filter((row) => row?.outcome !== 'passed').map((row) => `${row?.name}: ${row?.outcome}`);
  return open.length === 0 ? `${rows.length} passed` : open.join('; ');
}

const percent = (share: number | null) => (share === null ? '–' : `${(100 * share).toFixed(0)}%`);
const rate = ({ count, of, value, low, high }: Rate) =>
  of === 0 ? '–' : `${percent(value)} (${percent(low)}–${percent(high)}), ${count} of ${of}`;
const interval = ({ value, low, high }: Interval) => `${value.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)})`;
const paragraph = (text: string) => `<p>${escaped(text)}</p>`;
