/** The report of a persona's learning as lines for a terminal. */
import { styleText } from 'node:util';
import { type Rate, wilson } from '../learning/intervals.ts';
import { balanceOf } from '../learning/readers.ts';
import type { Correction } from '../learning/report/corrections.ts';
import type { LearningReport } from '../learning/report/learning-report.ts';
import type { Interval } from '../learning/selector/evaluate-selector.ts';
import { wordSentences } from '../learning/selector/word-evidence.ts';
import { printable, wrapped } from '../review/printable.ts';
import { table } from './table.ts';

export function reportLines(report: LearningReport, width: number): string[] {
  const { acceptance, selector, autonomy, adapters, copied, distinct, rejects, corrections, arms, outcomes } = report;
  const part = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', styleText('bold', title), ...lines];
  const areHeard = arms.some(({ readers }) => readers !== undefined);
  const text = (sentence: string) => wrapped(sentence, width);
  return [
    styleText('bold', `What ${report.persona} has learned`),
    ...part('Acceptance', [
      table([
        ['', 'approved', 'share', '95 %'],
        ...rateRow('all drafts', acceptance.all),
        ...rateRow('blind', acceptance.blind),
        ...rateRow('scores shown', acceptance.scoresShown),
      ]),
      ...(acceptance.overTime.length > 1
        ? [
            table([
              ['decisions', 'blind', '', 'scores shown', ''],
              ...acceptance.overTime.map(({ from, to, blind, scoresShown }) => [
                `${from.slice(0, 10)} to ${to.slice(0, 10)}`,
                percent(blind.value),
                `${range(blind)} of ${blind.of}`,
                percent(scoresShown.value),
                `${range(scoresShown)} of ${scoresShown.of}`,
              ]),
            ]),
          ]
        : []),
    ]),
    ...part('Selector', selectorLines(selector, text)),
    ...part(
      'Autonomy',
      autonomy === null
        ? text('review: always. You decide everything.')
        : text(
            `${autonomy.threshold === null ? 'It approves nothing by itself' : `It approves by itself from ${percent(autonomy.threshold)} on`}: ${autonomy.because}. It took over ${autonomy.approved} of ${autonomy.share.of} decisions (${percent(autonomy.share.value)}, ${range(autonomy.share)}); you took back ${autonomy.takenBack}. Allowed: ${percent(autonomy.falseAccepts)} wrong.`,
          ),
    ),
    ...part(
      'Adapters',
      adapters.map(
        ({ id, status, parent, createdAt }) =>
          `${id}  ${status}  over ${parent}  ${createdAt.slice(0, 10)}  (eidolon learn history)`,
      ),
    ),
    ...part('Texts', [
      ...text(
        `Stopped as copies: ${copied.stopped.count} of ${copied.stopped.of} candidates (${percent(copied.stopped.value)}, ${range(copied.stopped)}).`,
      ),
      ...(copied.shareOfApproved === null
        ? []
        : text(`Of the approved texts, ${percent(copied.shareOfApproved)} lies in passages that are elsewhere too.`)),
      ...(distinct === null
        ? []
        : text(
            `Different words ${distinct.one.toFixed(3)}, different pairs ${distinct.two.toFixed(3)}, in the last ${distinct.words} approved words.`,
          )),
      ...(outcomes === null
        ? []
        : text(
            `${outcomes.posts} posts measured: ${outcomes.likes.toFixed(1)} likes, ${outcomes.boosts.toFixed(1)} boosts, ${outcomes.replies.toFixed(1)} replies each.`,
          )),
    ]),
    ...part('What rejects say', [
      ...(rejects.count === 0 ? [] : text(`${rejects.count} drafts rejected.`)),
      ...rejects.reasons.map(
        ({ reason, count }) => `${String(count).padStart(4)}  ${printable(reason, { oneLine: true })}`,
      ),
    ]),
    ...part('What you keep changing', [
      ...corrections.repeated.map(
        ({ kind, text: words, edits }) =>
          `${String(edits).padStart(4)}  ${kind === 'added' ? '+' : '−'} ${printable(words, { oneLine: true })}`,
      ),
      ...corrections.latest.flatMap((correction) => wrapped(marked(correction), width)),
    ]),
    ...part('Openings', [
      table([
        ['opening', 'state', 'approved', 'share', '95 %', ...(areHeard ? ['readers'] : [])],
        ...arms
          .filter(({ state, decided }) => state === 'live' || decided > 0)
          .map(({ prompt, state, approved, decided, readers }) => [
            printable(prompt === '' ? '(from nothing)' : prompt, { oneLine: true }),
            state,
            `${approved} of ${decided}`,
            ...shareOf(approved, decided),
            ...(areHeard ? [balanceOf(readers)] : []),
          ]),
      ]),
      ...(areHeard ? text('Readers: what likes, boosts and replies say for an opening, in decisions of yours.') : []),
    ]),
  ];
}

function selectorLines(
  { decisions, texts, ignorance, evaluation, features, words, notes }: LearningReport['selector'],
  text: (sentence: string) => string[],
): string[] {
  const said = notes.flatMap((note) => text(`Note: ${note}.`));
  if (ignorance !== null)
    return [...text(`It does not know yet what you like: ${ignorance}. The priors rank.`), ...said];
  const measured =
    evaluation === null || evaluation.auc === null
      ? ['No blind decisions of both kinds yet, so nobody knows how good it is.']
      : [
          `On ${evaluation.drafts} blind drafts that it had not seen (${evaluation.texts} texts, ${evaluation.approved} approved): AUC ${interval(evaluation.auc)}; 0.5 is chance.`,
          `Brier score ${evaluation.brier ? interval(evaluation.brier) : '–'}; always saying the mean has ${evaluation.brierOfMean?.toFixed(3)}.`,
        ];
  const curve = evaluation?.curve ?? [];
  return [
    ...text(`Learned from ${texts} texts in ${decisions} decisions.`),
    ...measured.flatMap(text),
    ...(curve.length === 0
      ? []
      : [
          table([
            ['it said', 'was so', '95 %', 'texts'],
            ...curve.map(({ said: p, was, texts: count }) => [
              percent(p),
              percent(was.value),
              `${percent(was.low)}–${percent(was.high)}`,
              String(count),
            ]),
          ]),
        ]),
    'Features that matter, in nats of log-odds a deviation:',
    ...features
      .slice(0, 8)
      .map(({ name, weight }) => `  ${weight < 0 ? '−' : '+'}${Math.abs(weight).toFixed(2)}  ${name}`),
    ...wordSentences(words).flatMap(text),
    ...said,
  ];
}

export const percent = (share: number | null) => (share === null ? '–' : `${(100 * share).toFixed(0)}%`);
export const range = ({ low, high }: Pick<Rate, 'low' | 'high'>) => `${percent(low)}–${percent(high)}`;
export const interval = ({ value, low, high }: Interval) =>
  `${value.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)})`;

function rateRow(name: string, rate: Rate): string[][] {
  return rate.of === 0 ? [] : [[name, `${rate.count} of ${rate.of}`, percent(rate.value), range(rate)]];
}

function shareOf(count: number, of: number): string[] {
  const rate = wilson(count, of);
  return [percent(rate.value), of === 0 ? '' : range(rate)];
}

function marked({ draft, pieces }: Correction): string {
  const words = pieces.map(({ kind, text }) =>
    kind === 'kept' ? text : kind === 'removed' ? `[−${text}−]` : `{+${text}+}`,
  );
  return `Draft ${draft}: ${printable(words.join(''), { oneLine: true })}`;
}
