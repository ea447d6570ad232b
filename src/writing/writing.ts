/** A piece of writing as a tree: each node is a text, and below it are its continuations. Folded from its turns. */
import { UserError } from '../errors.ts';
import { randomFrom } from '../random.ts';
import { afterEdit, type Segment, textOf, withSegment } from './provenance.ts';
import type { Begin, Drawing, Grain, Offer, Turn } from './turn.ts';

export interface Node {
  /** Its place in `Writing.nodes`. */
  readonly id: number;
  /** Null of the first. */
  readonly parent: number | null;
  readonly made: 'begin' | 'take' | 'type' | 'edit';
  /** The whole text. */
  readonly segments: readonly Segment[];
}

export interface Writing {
  readonly persona: string;
  readonly seed: number;
  readonly count: number;
  readonly grain: Grain;
  readonly sampling: Drawing;
  readonly nodes: readonly [Node, ...Node[]];
  readonly offers: readonly Offer[];
  /** The node that is being continued. */
  readonly at: number;
  readonly queued: readonly { readonly node: number; readonly draft: number }[];
}

export function begun({ persona, prompt, seed, count, grain, sampling }: Begin): Writing {
  const segments = withSegment([], { text: prompt, origin: { by: 'prompt' } });
  const root: Node = { id: 0, parent: null, made: 'begin', segments };
  return { persona, seed, count, grain, sampling, nodes: [root], offers: [], at: 0, queued: [] };
}

/** @throws UserError where the turn cannot follow, as it names what is not there. */
export function after(writing: Writing, turn: Turn): Writing {
  switch (turn.do) {
    case 'begin':
      throw new UserError('expected a piece of writing to begin once');
    case 'offer':
      nodeOf(writing, turn.node);
      return { ...writing, offers: [...writing.offers, turn] };
    case 'take':
      return taken(writing, turn);
    case 'type': {
      const { segments } = nodeAt(writing);
      return grown(writing, 'type', withSegment(segments, { text: turn.text, origin: { by: 'person' } }));
    }
    case 'edit':
      return grown(writing, 'edit', afterEdit(nodeAt(writing).segments, turn.text));
    case 'go':
      return { ...writing, at: nodeOf(writing, turn.node).id };
    case 'set':
      return { ...writing, grain: turn.grain ?? writing.grain, sampling: turn.sampling ?? writing.sampling };
    case 'queue':
      nodeOf(writing, turn.node);
      return { ...writing, queued: [...writing.queued, { node: turn.node, draft: turn.draft }] };
  }
}

function taken(writing: Writing, { offer: number, choice }: Extract<Turn, { do: 'take' }>): Writing {
  const offer = writing.offers[number];
  const text = offer?.texts[choice - 1];
  if (!offer || !text) {
    throw new UserError(`expected a continuation that was offered, found number ${choice} of offer ${number}`);
  }
  const origin = { by: 'model', model: offer.model, hash: offer.modelHash, seed: text.seed } as const;
  const { segments } = nodeOf(writing, offer.node);
  return grown({ ...writing, at: offer.node }, 'take', withSegment(segments, { text: text.text, origin }));
}

/** Below the current node; what was there already is gone to, so that the tree has each text once. */
function grown(writing: Writing, made: Node['made'], segments: readonly Segment[]): Writing {
  const same = childrenOf(writing, writing.at).find(
    (child) => JSON.stringify(child.segments) === JSON.stringify(segments),
  );
  if (same) return { ...writing, at: same.id };
  const node: Node = { id: writing.nodes.length, parent: writing.at, made, segments };
  return { ...writing, nodes: [...writing.nodes, node], at: node.id };
}

/** @throws UserError where there is none. */
export function nodeOf({ nodes }: Writing, id: number): Node {
  const node = nodes[id];
  if (!node) throw new UserError(`expected a node from 0 to ${nodes.length - 1}, found ${id}`);
  return node;
}

export function nodeAt(writing: Writing): Node {
  return nodeOf(writing, writing.at);
}

export function childrenOf({ nodes }: Writing, id: number): Node[] {
  return nodes.filter(({ parent }) => parent === id);
}

/** The seed of the next offer, which follows from what was offered before. */
export function nextSeed({ seed, offers }: Writing): number {
  return Math.floor(randomFrom(seed + offers.length)() * 2 ** 31);
}

/** What is offered at the current node, the newest last, by the numbers of the offers. */
export function offersAt({ offers, at }: Writing): { readonly number: number; readonly offer: Offer }[] {
  return offers.flatMap((offer, number) => (offer.node === at ? [{ number, offer }] : []));
}

/** From the first node to this one. */
export function wayTo(writing: Writing, id: number): Node[] {
  const way = [nodeOf(writing, id)];
  for (let { parent } = way[0]!; parent !== null; { parent } = way[0]!) way.unshift(nodeOf(writing, parent));
  return way;
}

/** What the node added to the text above it; of an edit, what the text is now. */
export function additionOf(writing: Writing, { parent, made, segments }: Node): string {
  const text = textOf(segments);
  return parent === null || made === 'edit' ? text : text.slice(textOf(nodeOf(writing, parent).segments).length);
}

/** So long is a piece at most, in UTF-16 units: a thick novel. */
export const LONGEST_PIECE = 4_000_000;

/** Typed words as they follow `text`, with a space where one is due. @throws UserError where there are none, or too many. */
export function asContinuation(text: string, typed: string): string {
  const words = plain(typed).trimEnd();
  if (words.trim() === '') throw new UserError('expected some words, found none');
  if (text.length + words.length > LONGEST_PIECE) {
    throw new UserError(`expected a piece of at most ${LONGEST_PIECE.toLocaleString('en')} characters`);
  }
  const isJoined = text === '' || /^[\s,.;:!?…)\]}”’»]/u.test(words) || /[\s([{“‘«]$/u.test(text);
  return isJoined ? words : ` ${words}`;
}

/** Without control characters but line ends and tabs; composed, as models know letters. */
export function plain(text: string): string {
  const lines = text.toWellFormed().normalize('NFC').replace(/\r\n?/g, '\n');
  return lines.replace(/[^\P{Cc}\n\t]|[\u2028\u2029]/gu, '');
}
