/** A conversation as lines for a terminal. Pure: draws nothing itself, and never passes a text's control characters on. */
import { styleText } from 'node:util';
import { page, type Size } from '../review/page.ts';
import { apart, flowed, printable, shortened, wrapped } from '../review/printable.ts';
import { isDue, openOffers, type Said } from './conversation.ts';
import type { Lesson, Session } from './session.ts';

export interface View extends Size {
  readonly name: string;
}

/** Exactly as many lines as the terminal has rows. */
export function screen(session: Session, view: View): string[] {
  return page(view, {
    head: (width) => heading(session, view, width),
    body: (width, room) => bodyOf(session, width, room),
    foot: (width) => footing(session, width),
  });
}

function heading({ talk, lesson }: Session, { name }: View, width: number): string[] {
  const lessons = lesson?.lessons ?? talk.offers.at(-1)?.lessons ?? 0;
  const speaks = lessons === 0 ? 'as it is' : `taught ${lessons === 1 ? 'once' : `${lessons} times`} here`;
  return [
    '',
    ...apart(
      styleText('bold', `${talk.persona}: ${name}${talk.with === null ? '' : ` with ${talk.with}`}`),
      styleText('dim', speaks),
      width,
    ),
    '',
  ];
}

/** What was said last, and under it what could be said, or what the last pick changed. */
function bodyOf(session: Session, width: number, room: number): string[] {
  const below = isDue(session.talk)
    ? offerLines(session, width, Math.max(1, Math.floor((room * 2) / 3)))
    : lessonLines(session.lesson, width, Math.max(1, Math.floor(room / 2)));
  const left = Math.max(1, room - below.length - 1);
  const shown = talkLines(session.talk.said, width, left);
  return [...shown, ...(below.length > 0 ? ['', ...below] : [])];
}

/** Of a turn; wrapping a whole novel at each key would take seconds. In characters. */
const SHOWN = 4000;

/** The newest turns that fill the room, with their numbers: by these they are corrected. */
function talkLines(said: readonly Said[], width: number, room: number): string[] {
  if (said.length === 0) return [styleText('dim', '(nothing was said yet)')];
  let lines: string[] = [];
  for (let number = said.length; number > 0 && lines.length < room; number--) {
    lines = [...turnLines(said[number - 1]!, number, width), ...lines];
  }
  const hidden = lines.length > room || lines.length === 0;
  const shown = lines.slice(-room);
  if (hidden) shown[0] = styleText('dim', '↑ more above');
  return shown;
}

function turnLines({ by, text, first }: Said, number: number, width: number): string[] {
  const label = `${number}`.padStart(2);
  const indent = label.length + 2;
  const words = wrapped(printable(text.slice(-SHOWN)), Math.max(4, width - indent));
  const mark = first === undefined ? '' : styleText('yellow', ' (corrected)');
  return words.map((line, index) => {
    const told = by === 'me' ? line : styleText('cyan', line);
    const start = index === 0 ? styleText('dim', label) : ' '.repeat(label.length);
    return `${start}  ${told}${index === words.length - 1 ? mark : ''}`;
  });
}

function offerLines({ talk, offerIndex }: Session, width: number, room: number): string[] {
  const offers = openOffers(talk);
  const texts = offers[offerIndex]?.offer.texts ?? [];
  const which = offers.length > 1 ? [styleText('dim', `Offer ${offerIndex + 1} of ${offers.length}  ←/→`)] : [];
  const blocks = texts.map(({ text }, index) => replyLines(text, styleText('bold', String(index + 1)), width));
  return [...which, ...fitted(blocks, room - which.length, width)];
}

function lessonLines(lesson: Lesson | null, width: number, room: number): string[] {
  if (lesson === null) return [];
  const { lessons, before, after, milliseconds } = lesson;
  const took = `${(milliseconds / 1000).toFixed(1)} s`;
  const title = `Taught ${lessons === 1 ? 'once' : `${lessons} times`} (${took}). Before and after, in the same place:`;
  const blocks = before.flatMap((text, index) => {
    const other = after[index];
    return [
      replyLines(text, styleText('red', '−'), width).map((line) => styleText('dim', line)),
      ...(other === undefined ? [] : [replyLines(other, styleText('green', '+'), width)]),
    ];
  });
  const head = wrapped(title, width).map((line) => styleText('dim', line));
  return [...head, ...fitted(blocks, room - head.length, width)].slice(0, room);
}

function replyLines(text: string, mark: string, width: number): string[] {
  const words = printable(text.replace(/\n{2,}/g, ' ¶ '), { oneLine: true });
  return wrapped(words, Math.max(4, width - 3)).map((line, number) =>
    number === 0 ? `${mark}  ${line}` : `   ${line}`,
  );
}

/** The longest gives way first, to its first line at the least. */
function fitted(blocks: readonly string[][], room: number, width: number): string[] {
  const all = () => blocks.reduce((sum, block) => sum + block.length, 0);
  while (all() > room && blocks.some((block) => block.length > 1)) {
    const longest = blocks.reduce((a, b) => (b.length > a.length ? b : a));
    longest.pop();
    longest[longest.length - 1] = shortened(`${longest.at(-1)} …`, width);
  }
  return blocks.flat();
}

const KEYS = [
  ['1–9', 'pick'],
  ['t', 'type what it should say'],
  ['m', 'more'],
  ['c', 'correct a turn'],
  ['s', 'say'],
  ['q', 'leave'],
] as const;
/** What can be done where nothing waits for a reply. */
const WITHOUT_REPLIES: readonly string[] = ['c', 's', 'q'];

/** Of the words that are typed, or of a novel that is pasted. In characters. */
const TYPED_SHOWN = 2000;
const PROMPTS = {
  say: ['You: ', 'Enter says it, Esc for other keys, Ctrl-C leaves'],
  answer: ['It should say: ', 'Enter teaches it, Esc does not'],
  which: ['Correct turn number: ', 'Enter opens your editor, Esc does not'],
} as const;

function footing(session: Session, width: number): string[] {
  const rule = styleText('dim', '─'.repeat(width));
  if (session.typing === null) {
    const due = isDue(session.talk);
    const keys = KEYS.filter(([key]) => due || WITHOUT_REPLIES.includes(key));
    const items = keys.map(([key, what]) => `${styleText('bold', key)} ${styleText('dim', what)}`);
    return [rule, ...noticeLines(session, width), ...flowed(items, '  ', width)];
  }
  const { as, line } = session.typing;
  const [prompt, help] = PROMPTS[as];
  const words = wrapped(`${prompt}${printable(line.slice(-TYPED_SHOWN), { oneLine: true })}█`, width).slice(-4);
  return [rule, ...noticeLines(session, width), ...words, styleText('dim', shortened(help, width))];
}

function noticeLines({ doing, notice }: Session, width: number): string[] {
  if (doing !== null) return wrapped(doing, width);
  if (notice === null) return [];
  return wrapped((notice.kind === 'failed' ? styleText('red', '✗ ') : '') + printable(notice.text), width);
}
