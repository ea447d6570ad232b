/** A training as one page of HTML. */
import {
  escaped,
  factRow,
  figure,
  finding,
  htmlPage,
  htmlTable,
  number,
  quote,
  section,
} from '../../corpus/html-page.ts';
import type { TrainingStep } from '../train.ts';
import { type Line, lineChart, type Point } from './line-chart.ts';
import type { Memorisation } from './memorisation.ts';
import { smoothing } from './smoothed-loss.ts';
import type { Sample, TrainingReport } from './training-report.ts';

export function reportPage(report: TrainingReport): string {
  const { persona, id, base, method, bitsPerByte, memorisation, gate } = report;
  const best = bestLook(report.losses);
  const last = report.losses.at(-1);
  const facts: readonly (readonly [string, string])[] = [
    ['bits a byte', bitsPerByte.trained.toFixed(3)],
    [`bits a byte, ${base}`, bitsPerByte.base.toFixed(3)],
    ...(best ? [[`best validation, step ${best.step}`, best.validationLoss.toFixed(3)] as const] : []),
    ['tokens learned from', number(last?.tokens ?? 0)],
    ['time', duration(last?.seconds ?? 0)],
  ];
  return htmlPage(`Training of ${persona}, ${id}`, [
    `<h1>A training of ${escaped(persona)}</h1>`,
    `<p class="dim">Run ${escaped(id)}: ${escaped(method)} from ${escaped(base)}, ${escaped(day(report.started))} to ${escaped(day(report.finished))}.</p>`,
    factRow(facts),
    ...(memorisation?.findings.map(finding) ?? []),
    section('The gate', gateTable(gate)),
    section('Loss', lossChart(report.losses)),
    section('What it knows of each corpus', forgetting(report.losses)),
    section('Learning rate', rateChart(report.losses)),
    ...(memorisation ? memory(memorisation) : []),
    section('Samples', sampleGroups(report.samples)),
    section(
      'Learned from',
      htmlTable(
        ['corpus', 'documents', 'tokens', 'bytes'],
        report.corpora.map((one) => [one.name, number(one.documents), number(one.tokens), number(one.bytes)]),
      ),
    ),
    section(
      'Settings',
      htmlTable(
        ['setting', 'value', 'from'],
        report.settings.map(({ name, value, source }) => [name, String(value), source]),
      ),
    ),
    section(
      'Machine',
      htmlTable(
        ['', ''],
        Object.entries(report.machine).map(([name, value]) => [name, String(value)]),
      ),
    ),
  ]);
}

function gateTable({ rows, promoted }: TrainingReport['gate']): string {
  const verdict = promoted
    ? 'Passed: this is the persona’s model now'
    : 'Not passed: the persona keeps the model that it had';
  const cells = rows.map(({ name, threshold, value, passed }) => [name, threshold, shown(value), passed ? '✓' : '✗']);
  return `<p class="${promoted ? 'good' : 'bad'}">${verdict}.</p>${htmlTable(['measure', 'asked', 'found', ''], cells)}`;
}

/** Looks before a stage's first step have no batch of their own. */
const isBatch = ({ gradientNorm, learningRate }: TrainingStep) => gradientNorm > 0 || learningRate > 0;

function lossChart(losses: readonly TrainingStep[]): string {
  const batches = losses.filter(isBatch);
  const smoothed = smoothing();
  const looks = losses.flatMap(({ step: x, validationLoss: y }) => (y === undefined ? [] : [{ x, y }]));
  const best = bestLook(losses);
  return figure(
    lineChart({
      title: 'Loss in nats a token by step',
      x: 'step',
      y: 'nats a token',
      lines: [
        { name: 'each batch', points: points(batches, ({ loss }) => loss), colour: 'first', look: 'faint' },
        { name: 'smoothed', points: points(batches, ({ loss }) => smoothed(loss)), colour: 'first' },
        { name: 'validation', points: looks, colour: 'second' },
      ],
      marks: best ? [{ x: best.step, y: best.validationLoss, label: `best, ${best.validationLoss.toFixed(3)}` }] : [],
      borders: stageBorders(losses),
    }),
  );
}

function rateChart(losses: readonly TrainingStep[]): string {
  const rates = points(losses.filter(isBatch), ({ learningRate }) => learningRate);
  return figure(
    lineChart({
      title: 'Learning rate by step',
      x: 'step',
      y: 'learning rate',
      lines: [{ name: 'learning rate', points: rates, colour: 'first' }],
      from: 0,
    }),
  );
}

const COLOURS = ['first', 'second', 'third', 'fourth'] as const;
const LOOKS = [undefined, 'dashed', 'dotted'] as const;

/** Every corpus's held-out loss before the first stage and after each: where a later stage forgets, a line rises. */
function forgetting(losses: readonly TrainingStep[]): string {
  const looks = losses.flatMap((step) => (step.stageLosses ? [{ ...step, stageLosses: step.stageLosses }] : []));
  const corpora = [...new Set(looks.flatMap(({ stageLosses }) => Object.keys(stageLosses)))];
  if (corpora.length === 0) return '';
  const lines = corpora.map((name, index): Line => {
    const at = looks.flatMap(({ step: x, stageLosses }) => {
      const y = stageLosses[name];
      return y === undefined ? [] : [{ x, y }];
    });
    return {
      name,
      points: at,
      colour: COLOURS[index % COLOURS.length]!,
      look: LOOKS[Math.floor(index / COLOURS.length) % LOOKS.length],
    };
  });
  const rows = looks.map(({ step, stage, stageLosses }) => [
    step === 0 ? 'before' : `after stage ${stage + 1}, step ${step}`,
    ...corpora.map((name) => stageLosses[name]?.toFixed(3) ?? ''),
  ]);
  const chart = lineChart({
    title: 'Held-out loss of every corpus by step',
    x: 'step',
    y: 'nats a token, held-out',
    lines,
    borders: stageBorders(losses),
  });
  return figure(chart) + htmlTable(['', ...corpora], rows);
}

function memory({ samples, heldOut }: Memorisation): string[] {
  const curves = [
    { name: 'samples', of: samples, colour: 'first' },
    { name: 'held-out texts, by people', of: heldOut, colour: 'second', look: 'dashed' },
  ] as const;
  const chart = lineChart({
    title: 'Share of n-grams that are not in the training texts',
    x: 'words in the n-gram',
    y: 'share not in the training texts',
    from: 0,
    lines: curves.map(({ of, ...line }) => ({
      ...line,
      points: of.novelty.flatMap((y, index) => (y === null ? [] : [{ x: index + 1, y }])),
    })),
  });
  const rows = samples.copied.map(({ words, share }, index) => [
    `${words} words or more`,
    percent(share),
    percent(heldOut.copied[index]?.share ?? 0),
  ]);
  const [own, theirs] = [samples, heldOut].map(({ words, texts }) => `${number(words)} words in ${number(texts)}`);
  return [
    section(
      'What is new in its texts',
      figure(chart, `After McCoy et al. 2021, RAVEN (arXiv 2111.09509); samples: ${own}, held-out texts: ${theirs}.`),
    ),
    section(
      'What is copied from the training texts',
      htmlTable(['share of words in copies of', 'samples', 'held-out'], rows) +
        (samples.longest.words > 0
          ? quote(samples.longest.quote, `the longest copy, ${number(samples.longest.words)} words`)
          : ''),
    ),
  ];
}

/** The last ones open, the others folded. */
function sampleGroups(samples: readonly Sample[]): string {
  const groups = [...Map.groupBy(samples, ({ step }) => step)].reverse();
  return groups
    .map(([step, texts], index) => {
      const quotes = texts.map(({ prompt, text }) => quote(text, prompt === '' ? 'from nothing' : `from “${prompt}”`));
      return `<details${index === 0 ? ' open' : ''}><summary>Step ${number(step)}</summary>${quotes.join('')}</details>`;
    })
    .join('\n');
}

function bestLook(losses: readonly TrainingStep[]) {
  const last = losses.at(-1)?.stage;
  const looks = losses.flatMap(({ step, stage, validationLoss }) =>
    validationLoss === undefined || stage !== last ? [] : [{ step, validationLoss }],
  );
  return looks.length === 0 ? undefined : looks.reduce((a, b) => (b.validationLoss < a.validationLoss ? b : a));
}

/** Where the second stage begins, and the third, … */
function stageBorders(losses: readonly TrainingStep[]) {
  const firsts = losses.filter(({ stage }, index) => index > 0 && stage !== losses[index - 1]?.stage);
  return firsts.map(({ step: x, stage }) => ({ x, label: `stage ${stage + 1}` }));
}

function points(losses: readonly TrainingStep[], value: (step: TrainingStep) => number): Point[] {
  return losses.map((step) => ({ x: step.step, y: value(step) }));
}

function shown(value: string | number): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : value;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

function day(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
