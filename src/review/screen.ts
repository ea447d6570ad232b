/** A review session as lines for a terminal. Pure: draws nothing itself, and never passes a text's control characters on. */
import { styleText } from 'node:util';
import stringWidth from 'string-width';
import type { Candidate } from '../queue/candidate.ts';
import { type Draft, hidesScores } from '../queue/draft.ts';
import type { Notice } from './keys.ts';
import { fromNow, moment } from './moment.ts';
import { pageWidth, type Size, withMargin } from './page.ts';
import { apart, flowed, printable, shortened, wrapped } from './printable.ts';
import { roundsOf, type Session, shownDraft, shownPage } from './session.ts';
import { type Said, threadLines } from './thread-lines.ts';

export interface View extends Size {
  readonly now: Date;
  /** The time zone that a persona lives in. */
  readonly zoneOf: (persona: string) => string;
  /** What a draft answers, by its id; absent where none answers anything. */
  readonly threads?: ReadonlyMap<number, readonly Said[]>;
}

/** Exactly as many lines as the terminal has rows; the candidate in focus is always among them. */
export function screen(session: Session, view: View): string[] {
  const width = pageWidth(view);
  const draft = shownDraft(session);
  const whole = draft ? heading(session, draft, view, width) : [];
  const body = draft ? bodyOf(session, draft, width) : { lines: nothingWaits(width), from: 0, to: 0 };
  const foot = footing(session, width);

  const head = view.rows - whole.length - foot.length >= LEAST_ROOM ? whole : [];
  const room = Math.max(1, view.rows - head.length - foot.length);
  const lines = [...head, ...around(body, session.scroll, room).map((line) => shortened(line, width)), ...foot];
  return withMargin(lines, view);
}

/** Where there would be less room for the candidates, they are shown without what stands above them. */
const LEAST_ROOM = 5; // lines

function heading(session: Session, draft: Draft, { now, zoneOf, rows, threads }: View, width: number): string[] {
  const zone = zoneOf(draft.persona);
  const place = session.drafts.findIndex(({ id }) => id === draft.id) + 1;
  const slot = `${moment(draft.dueAt, now, zone)} ${zone}, ${fromNow(draft.dueAt, now)}`;
  const thread = threads?.get(draft.id) ?? [];
  const answered = thread.at(-1)?.author ?? draft.inReplyTo ?? '';
  const kind = draft.kind === 'reply' ? `Reply to ${printable(answered, { oneLine: true })}` : 'Post';
  const rounds = roundsOf(draft).length;
  return [
    '',
    ...apart(
      styleText('bold', draft.persona),
      styleText('dim', `draft ${draft.id} · ${place} of ${session.drafts.length}`),
      width,
    ),
    ...wrapped(`${kind} for ${slot}`, width),
    ...(hidesScores(draft)
      ? wrapped('Blind: scores are hidden until you decide, and the order tells nothing', width)
      : []),
    ...(draft.prompt ? [shortened(`Prompt  ${printable(draft.prompt, { oneLine: true })}`, width)] : []),
    ...threadLines(thread, width, Math.max(2, Math.floor(rows / 3))),
    ...(rounds > 1 ? [styleText('dim', `Round ${session.roundIndex + 1} of ${rounds}  ←/→`)] : []),
    '',
  ];
}

interface Body {
  readonly lines: readonly string[];
  /** Where the candidate in focus begins, and the line after its last. */
  readonly from: number;
  readonly to: number;
}

function bodyOf(session: Session, draft: Draft, width: number): Body {
  return draft.heldAt === null ? candidateList(session, width) : { lines: doubtLines(draft, width), from: 0, to: 0 };
}

/** Of a draft that may be posted or not: what was found, and the text to look for. */
function doubtLines({ text, reason }: Draft, width: number): string[] {
  return [
    ...wrapped(styleText('magenta', 'It was sent, and nobody can tell whether it is posted. Please look.'), width),
    ...wrapped(`What was found: ${printable(reason ?? 'nothing', { oneLine: true })}`, width),
    '',
    ...wrapped(printable(text ?? ''), width - 4).map((line) => `    ${line}`),
  ];
}

function candidateList(session: Session, width: number): Body {
  const lines: string[] = [];
  const draft = shownDraft(session);
  const isBlind = draft !== undefined && hidesScores(draft);
  let focus = { from: 0, to: 0 };
  for (const [index, candidate] of shownPage(session).entries()) {
    const isFocused = index === session.focus;
    const block = candidateBlock(candidate, index + 1, {
      isFocused,
      isBlind,
      detail: session.detail && isFocused,
      width,
    });
    if (index > 0) lines.push('');
    if (isFocused) focus = { from: lines.length, to: lines.length + block.length };
    lines.push(...block);
  }
  return { lines, ...focus };
}

interface Look {
  readonly isFocused: boolean;
  readonly isBlind: boolean;
  readonly detail: boolean;
  readonly width: number;
}

function candidateBlock(candidate: Candidate, number: number, { isFocused, isBlind, detail, width }: Look): string[] {
  const bar = isFocused ? styleText('cyan', '▌') : ' ';
  const indent = 4;
  const text = wrapped(printable(candidate.text), width - indent);
  const label = styleText(isFocused ? ['bold', 'cyan'] : 'bold', String(number));
  const look = { width: width - indent, isBlind };
  const verdict = detail ? verdictInFull(candidate, look) : verdictInBrief(candidate, look);
  return [
    ...text.map((line, index) => `${bar} ${index === 0 ? label : ' '} ${line}`),
    ...verdict.map((line) => `${bar}   ${line}`),
  ];
}

/** Features that weigh nothing here are left to the detail. */
function verdictInBrief(candidate: Candidate, { width, isBlind }: VerdictLook): string[] {
  const { score, gates, features, drawnBy, tokens } = candidate;
  if (tokens === 0) return [styleText('dim', gates.length === 0 ? 'your own words' : 'a post of your archive')];
  if (isBlind) return [styleText('dim', gatesInBrief(gates))];
  const parts = features
    .filter(({ part }) => Math.abs(part) >= 0.005)
    .map(({ name, part }) => `${name} ${signed(part)}`);
  const chance = drawnBy === 'chance' ? ['drawn by chance'] : [];
  return flowed([score.toFixed(2), ...chance, gatesInBrief(gates), ...parts], ' · ', width).map((line) =>
    styleText('dim', line),
  );
}

function gatesInBrief(gates: Candidate['gates']): string {
  const failed = gates.filter(({ passed }) => !passed);
  if (failed.length === 0) return gates.length === 1 ? '1 gate passed' : `${gates.length} gates passed`;
  return `failed ${failed.map(({ name }) => name).join(', ')}`;
}

interface VerdictLook {
  readonly width: number;
  /** Nothing that tells what the program thinks of it. */
  readonly isBlind: boolean;
}

export function verdictInFull(candidate: Candidate, { width, isBlind }: VerdictLook): string[] {
  const perToken = candidate.logProbability / Math.max(1, candidate.tokens);
  const facts = [
    ...(isBlind ? [] : [`score ${candidate.score.toFixed(2)}`]),
    ...(candidate.drawnBy === 'chance' && !isBlind ? ['drawn by chance'] : []),
    `${candidate.tokens} tokens`,
    ...(isBlind ? [] : [`${number(perToken)} nats a token`]),
    foundBy(candidate, isBlind),
  ];
  const gates = candidate.gates.map(({ name, passed, reason }) =>
    passed ? `${name} ✓` : `${name} ✗${reason ? ` ${printable(reason, { oneLine: true })}` : ''}`,
  );
  const nameWidth = Math.max(0, ...candidate.features.map(({ name }) => stringWidth(name)));
  const shown = isBlind ? [] : candidate.features;
  const features = shown.flatMap(({ name, value, part }) =>
    wrapped(`${name.padEnd(nameWidth)} ${number(value).padStart(8)} ${signed(part).padStart(7)}`, width),
  );
  const lines = [...flowed(facts, ' · ', width), ...flowed(gates, '  ', width), ...features];
  return lines.map((line) => styleText('dim', line));
}

function foundBy({ found, seed }: Candidate, isBlind: boolean): string {
  if (found === undefined) return `seed ${seed}`;
  const { skill, confidence, because } = found;
  const sure = isBlind ? '' : ` ${confidence.toFixed(2)}`;
  if (skill === 'generate') return `seed ${seed}${isBlind ? '' : ` · generate${sure}`}`;
  return `${skill}${sure}${because === undefined ? '' : ` ${printable(because, { oneLine: true })}`}`;
}

const withMinus = (figure: string) => figure.replace('-', '−');
const number = (value: number) => withMinus(Number.isInteger(value) ? String(value) : value.toFixed(2));
const signed = (part: number) => withMinus(`${part < 0 ? '' : '+'}${part.toFixed(2)}`);

function nothingWaits(width: number): string[] {
  return [
    '',
    styleText('bold', 'Nothing waits for you.'),
    ...wrapped('New drafts appear here as the daemon writes them.', width),
  ];
}

const DOUBT_KEYS = [
  ['p', 'it is posted'],
  ['n', 'it is not: send it again'],
  ['x', 'reject'],
  ['s', 'skip'],
  ['u', 'undo'],
  ['q', 'leave'],
] as const;

const KEYS = [
  ['1–5', 'pick'],
  ['e', 'edit'],
  ['m', 'more'],
  ['x', 'reject'],
  ['s', 'skip'],
  ['u', 'undo'],
  ['d', 'detail'],
  ['q', 'leave'],
] as const;

function footing(session: Session, width: number): string[] {
  const rule = styleText('dim', '─'.repeat(width));
  if (session.reason !== null) {
    const asked = `Reject, because: ${printable(session.reason, { oneLine: true })}█`;
    return [
      rule,
      ...wrapped(asked, width),
      styleText('dim', shortened('Enter rejects (a reason is optional), Esc keeps it', width)),
    ];
  }
  const said = session.doing === null ? session.notice : ({ kind: 'said', text: session.doing } as const);
  return [rule, ...(said ? noticeLines(said, width) : ['']), ...keyLines(session, width)];
}

function noticeLines({ kind, text }: Notice, width: number): string[] {
  const mark = { done: styleText('green', '✓ '), said: '', failed: styleText('red', '✗ ') }[kind];
  return wrapped(mark + printable(text), width);
}

/** The keys that do something now. */
function keyLines(session: Session, width: number): string[] {
  const draft = shownDraft(session);
  const isEmpty = draft === undefined;
  const isInDoubt = draft !== undefined && draft.heldAt !== null;
  const keys = (isInDoubt ? DOUBT_KEYS : KEYS).filter(([key]) => !isEmpty || key === 'u' || key === 'q');
  const items = keys.map(([key, what]) => `${styleText('bold', key)} ${styleText('dim', what)}`);
  return flowed(items, '  ', width);
}

/**
 * As many of the lines as there is room for, from the beginning or, where they would not show the focus, from the focus;
 * filled up, so that the foot stays where it is.
 */
function around({ lines, from, to }: Body, scroll: number, room: number): string[] {
  const atFocus = to < room ? 0 : from - 1; // the line above it says that there is more
  const start = Math.max(0, Math.min(atFocus + scroll, lines.length - room));
  const visible = lines.slice(start, start + room);
  if (start > 0) visible[0] = styleText('dim', '↑ more above');
  if (start + room < lines.length) visible[visible.length - 1] = styleText('dim', '↓ more below: ↓ or PgDn');
  return [...visible, ...Array.from({ length: room - visible.length }, () => '')];
}
