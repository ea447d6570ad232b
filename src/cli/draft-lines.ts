/** Drafts as lines for a terminal. */
import { styleText } from 'node:util';
import type { Answered } from '../listening/answered-by.ts';
import { type Draft, hidesScores } from '../queue/draft.ts';
import { moment } from '../review/moment.ts';
import { printable, shortened, wrapped } from '../review/printable.ts';
import { verdictInFull } from '../review/screen.ts';
import { statusSentence } from '../review/status-sentence.ts';
import { threadLines } from '../review/thread-lines.ts';

export interface Look {
  readonly now: Date;
  readonly width: number;
  readonly zoneOf: (persona: string) => string;
}

/** As wide as the terminal, but no wider than is good to read. */
export function textWidth(): number {
  return Math.max(20, Math.min(process.stdout.columns ?? 100, 100));
}

/** Two lines: what it is, and what it says. */
export function draftInBrief(draft: Draft, { now, width, zoneOf }: Look): string[] {
  const { id, status, persona, candidates, kind } = draft;
  const text = printable(draft.text ?? candidates[0]?.text ?? '', { oneLine: true });
  const more = draft.text === null && candidates.length > 1 ? styleText('dim', `  +${candidates.length - 1}`) : '';
  const slot = moment(draft.publishedAt ?? draft.publishAt ?? draft.dueAt, now, zoneOf(persona));
  return [
    `${styleText('bold', String(id).padStart(4))}  ${styleText(COLOURS[status], status.padEnd(9))}  ${persona}  ${styleText('dim', kind === 'reply' ? `reply, ${slot}` : slot)}`,
    `      ${shortened(text, width - 12)}${more}`,
  ];
}

const COLOURS = {
  pending: 'yellow',
  approved: 'green',
  publishing: 'cyan',
  published: 'green',
  rejected: 'dim',
  expired: 'dim',
  failed: 'red',
  uncertain: 'magenta',
} as const;

/** The draft with its candidates, and what each gate and feature said. */
export function draftInFull(draft: Draft, { now, width, zoneOf }: Look, answered?: Answered): string[] {
  const replied = answered?.url ?? draft.inReplyTo;
  const reply = replied === null ? [] : [`In reply to ${printable(replied, { oneLine: true })}`];
  const prompt = draft.prompt ? [`Prompt: ${printable(draft.prompt, { oneLine: true })}`] : [];
  return [
    styleText('bold', `Draft ${draft.id}, ${draft.kind} by ${draft.persona}`),
    ...wrapped(`It ${statusSentence(draft, now, zoneOf(draft.persona))}.`, width),
    ...[...reply, ...prompt].flatMap((line) => wrapped(line, width)),
    ...(answered ? ['', ...threadLines(answered.thread, width)] : []),
    ...(draft.text === null ? [] : ['', ...indented(draft.text, width)]),
    ...draft.candidates.flatMap((candidate) => [
      '',
      `${styleText('bold', `Candidate ${candidate.id}`)}${candidate.id === draft.candidateId ? styleText('green', '  chosen') : ''}`,
      ...indented(candidate.text, width),
      ...verdictInFull(candidate, { width: width - 2, isBlind: hidesScores(draft) }).map((line) => `  ${line}`),
    ]),
  ];
}

export function indented(text: string, width: number): string[] {
  return wrapped(printable(text), width - 2).map((line) => `  ${line}`);
}
