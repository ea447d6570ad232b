/** A writing session as lines for a terminal. Pure: draws nothing itself, and never passes a text's control characters on. */
import { styleText } from 'node:util';
import { page, type Size } from '../review/page.ts';
import { apart, flowed, printable, shortened, wrapped } from '../review/printable.ts';
import { type Origin, type Segment, sharesOf, slice, textOf } from './provenance.ts';
import { type Session, treeOrder } from './session.ts';
import { additionOf, nodeAt, nodeOf, offersAt, type Writing, wayTo } from './writing.ts';

export interface View extends Size {
  readonly name: string;
}

/** Exactly as many lines as the terminal has rows. */
export function screen(session: Session, view: View): string[] {
  return page(view, {
    head: (width) => heading(session, view, width),
    body: (width, room) => BODIES[session.view](session, width, room),
    foot: (width) => footing(session, width),
  });
}

const BODIES = { text: textBody, tree: treeBody, compare: compareBody } as const;

function heading({ writing }: Session, { name }: View, width: number): string[] {
  const { grain, sampling, nodes } = writing;
  const { temperature, topP } = sampling;
  const set = `${grain} · temperature ${temperature} · top-p ${topP} · ${nodes.length === 1 ? '1 node' : `${nodes.length} nodes`}`;
  return ['', ...apart(styleText('bold', `${writing.persona}: ${name}`), styleText('dim', set), width), ''];
}

/** What the text says last, and under it what could follow. */
function textBody(session: Session, width: number, room: number): string[] {
  const offers = offerLines(session, width, Math.max(1, Math.floor((room * 2) / 3)));
  const text = textLines(nodeAt(session.writing).segments, width);
  const left = Math.max(1, room - offers.length - 1);
  const shown = text.slice(-left);
  if (shown.length < text.length) shown[0] = styleText('dim', '↑ more above');
  return [...shown, ...(offers.length > 0 ? ['', ...offers] : [])];
}

/** More than any terminal shows; wrapping a whole novel at each key would take seconds. In characters. */
const SHOWN = 20_000;

function textLines(segments: readonly Segment[], width: number): string[] {
  const length = textOf(segments).length;
  if (length === 0) return [styleText('dim', '(it begins with nothing)')];
  const styled = slice(segments, Math.max(0, length - SHOWN), length)
    .map(({ text, origin }) => inShade(printable(text), origin))
    .join('');
  return wrapped(styled, width);
}

/** The person's words stand out, as they are what one looks for. */
function inShade(text: string, { by }: Origin): string {
  if (by === 'model') return text;
  const styles = { prompt: 'dim', person: 'cyan', edited: 'yellow' } as const;
  // Line by line: a style that runs over a line end would colour the margin.
  return text
    .split('\n')
    .map((line) => (line === '' ? line : styleText(styles[by], line)))
    .join('\n');
}

function offerLines({ writing, offerIndex }: Session, width: number, room: number): string[] {
  const offers = offersAt(writing);
  const texts = offers[offerIndex]?.offer.texts ?? [];
  const which = offers.length > 1 ? [styleText('dim', `Offer ${offerIndex + 1} of ${offers.length}  ←/→`)] : [];
  const blocks = texts.map(({ text, ends }, index) => {
    const words = `${printable(text.trimStart().replace(/\n{2,}/g, ' ¶ '), { oneLine: true })}${ends ? ' ∎' : ''}`;
    const mark = text.startsWith('\n') ? '¶ ' : '';
    return wrapped(mark + words, width - 3).map((line, number) =>
      number === 0 ? `${styleText('bold', String(index + 1))}  ${line}` : `   ${line}`,
    );
  });
  const all = () => blocks.reduce((sum, block) => sum + block.length, which.length);
  // The longest gives way first, to its first line at the least.
  while (all() > room && blocks.some((block) => block.length > 1)) {
    const longest = blocks.reduce((a, b) => (b.length > a.length ? b : a));
    longest.pop();
    longest[longest.length - 1] = shortened(`${longest.at(-1)} …`, width);
  }
  return [...which, ...blocks.flat()];
}

function treeBody({ writing, focus }: Session, width: number, room: number): string[] {
  const way = new Set(wayTo(writing, writing.at).map(({ id }) => id));
  const order = treeOrder(writing);
  const lines = order.map(({ id, depth }) => {
    const node = nodeOf(writing, id);
    const words = printable(additionOf(writing, node).trim(), { oneLine: true }) || '(nothing)';
    const mark = id === writing.at ? '●' : way.has(id) ? '│' : ' ';
    const by = { begin: 'begins', take: 'model', type: 'person', edit: 'edited' }[node.made];
    const indent = '  '.repeat(Math.min(depth, Math.floor(width / 6)));
    const line = shortened(`${mark} ${indent}${id} ${by}  ${words}`, width);
    return id === focus ? styleText('inverse', line) : way.has(id) ? line : styleText('dim', line);
  });
  const at = order.findIndex(({ id }) => id === focus);
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), lines.length - room));
  return lines.slice(from, from + room);
}

/** The text that is being continued, and the one under the cursor, from where they part. */
function compareBody({ writing, focus }: Session, width: number, room: number): string[] {
  const [here, there] = [wayTo(writing, writing.at), wayTo(writing, focus)];
  let common = 0;
  while (here[common] && here[common]?.id === there[common]?.id) common++;
  const base = textOf(here[Math.max(0, common - 1)]!.segments);
  const half = Math.max(2, Math.floor(room / 2) - 2);
  const part = (id: number, title: string) => {
    const segments = nodeOf(writing, id).segments;
    const text = textOf(segments);
    const from = text.startsWith(base) ? base.length : 0;
    const lines =
      from === text.length
        ? [styleText('dim', '(nothing more)')]
        : textLines(slice(segments, from, text.length), width);
    return [
      styleText('bold', `${title}: ${id}`),
      ...lines.slice(0, half),
      ...(lines.length > half ? [styleText('dim', '…')] : []),
    ];
  };
  const last = wrapped(printable(base.slice(-3 * width)), width).slice(-1);
  return [...last.map((line) => styleText('dim', line)), ...part(writing.at, 'Now'), ...part(focus, 'Instead')];
}

/** Of the words that are typed, or of a novel that is pasted. In characters. */
const TYPED_SHOWN = 2000;

const KEYS = {
  text: [
    ['1–9', 'take'],
    ['m', 'more'],
    ['t', 'type'],
    ['e', 'edit'],
    ['b', 'back'],
    ['w', 'tree'],
    ['g', 'grain'],
    ['+ -', 'temperature'],
    ['p', 'top-p'],
    ['q', 'leave'],
  ],
  tree: [
    ['↑ ↓', 'walk'],
    ['Enter', 'go there'],
    ['c', 'compare'],
    ['w', 'text'],
    ['q', 'leave'],
  ],
  compare: [
    ['↑ ↓', 'with another'],
    ['Enter', 'go there'],
    ['c', 'tree'],
    ['q', 'leave'],
  ],
} as const;

function footing(session: Session, width: number): string[] {
  const rule = styleText('dim', '─'.repeat(width));
  if (session.typing !== null) {
    const words = wrapped(`${printable(session.typing.slice(-TYPED_SHOWN), { oneLine: true })}█`, width).slice(-4);
    const failed = session.notice?.kind === 'failed' ? noticeLines(session, width) : [];
    return [rule, ...failed, ...words, styleText('dim', shortened('Enter adds it, Esc does not', width))];
  }
  const keys = KEYS[session.view].map(([key, what]) => `${styleText('bold', key)} ${styleText('dim', what)}`);
  return [rule, ...noticeLines(session, width), ...flowed(keys, '  ', width)];
}

function noticeLines({ doing, notice, writing }: Session, width: number): string[] {
  if (doing !== null) return wrapped(doing, width);
  if (notice) return wrapped((notice.kind === 'failed' ? styleText('red', '✗ ') : '') + printable(notice.text), width);
  return [styleText('dim', shortened(sharesInWords(writing), width))];
}

function sharesInWords(writing: Writing): string {
  return sharesOf(nodeAt(writing).segments)
    .map(({ by, share }) => `${by} ${Math.round(share * 100)} %`)
    .join(' · ');
}
