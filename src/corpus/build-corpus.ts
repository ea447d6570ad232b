/** Texts → documents: cleaned by the rules, each once, split. Every drop is kept with the rule that made it. */
import { withinTime } from '../archive/time-limit.ts';
import { type Cleaned, cleanText } from './clean-text.ts';
import { cleanTurns } from './clean-turns.ts';
import { pastedTexts } from './copypasta.ts';
import { cutText } from './cut-text.ts';
import type { Document, Turn } from './document.ts';
import { exactDuplicates } from './exact-duplicates.ts';
import { nearDuplicates } from './near-duplicates.ts';
import type { RawText } from './read-texts.ts';
import { withoutRepeatedLines } from './repeated-lines.ts';
import { languageOf } from './rules/language.ts';
import { type CorpusSettings, type Rule, rulesFor } from './rules.ts';
import { splitByTime } from './split-by-time.ts';

export interface Dropped {
  readonly id: string;
  readonly rule: string;
  readonly text: string;
  /** The document that it repeats. */
  readonly like?: string;
}

export interface Built {
  /** The oldest first, then what has no time. Each with its part. */
  readonly documents: readonly Document[];
  readonly dropped: readonly Dropped[];
  /** How many texts each rule changed. */
  readonly changed: Readonly<Record<string, number>>;
  readonly read: number;
}

export interface BuildOptions {
  /** Called after every some hundred texts: of how many posts they are so far. */
  readonly onProgress?: (posts: number) => void;
  /** Called when all are cleaned and repeats are looked for, which takes as long again where there are very many. */
  readonly onComparing?: () => void;
  /** How long cleaning a text may take. */
  readonly textMs?: number;
}

const BATCH = 500;
/** A batch of texts takes a tenth of a second; one that takes as long as this drives some pattern mad. */
const TEXT_MS = 5000;
/** Of a text that takes too long, what is listed. In characters. */
const BEGINNING = 1000;

export async function buildCorpus(
  texts: AsyncIterable<RawText> | Iterable<RawText>,
  settings: CorpusSettings,
  { onProgress, onComparing, textMs = TEXT_MS }: BuildOptions = {},
): Promise<Built> {
  const rules = rulesFor(settings);
  const dropped: Dropped[] = [];
  const changed: Record<string, number> = {};
  const documents: Document[] = [];
  let read = 0;
  let posts = 0;
  for await (const batch of batchesOf(texts)) {
    for (const { raw, cleaned, made } of cleanInTime(batch, rules, textMs)) {
      documents.push(...made);
      if ('droppedBy' in cleaned) dropped.push({ id: raw.id, rule: cleaned.droppedBy, text: cleaned.text });
      else for (const name of cleaned.changedBy) changed[name] = (changed[name] ?? 0) + 1;
    }
    read += batch.length;
    posts += batch.reduce((sum, text) => sum + text.posts.length, 0);
    onProgress?.(posts);
  }
  onComparing?.();
  documents.sort(byTime);

  const trimmed = withoutLastLines(documents);
  const judged = judgeAgain(trimmed, documents, rules, dropped);
  changed['repeated line'] = judged.filter(({ isShorter }) => isShorter).length;
  const remaining = judged.map(({ document }) => document);
  const different = dropPasted(remaining, dropped);
  const once = dropRepeats(different, exactDuplicates, 'exact duplicate', dropped);
  const kept = dropRepeats(once, nearDuplicates, 'near duplicate', dropped);
  return { documents: splitByTime(kept), dropped, changed: withoutZeros(changed), read };
}

async function* batchesOf(texts: AsyncIterable<RawText> | Iterable<RawText>): AsyncGenerator<readonly RawText[]> {
  let batch: RawText[] = [];
  for await (const text of texts) {
    if (batch.push(text) < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

interface Made {
  readonly raw: RawText;
  readonly cleaned: Cleaned;
  readonly made: readonly Document[];
}

/** All together, as a limit for each text would cost more than cleaning it; one by one where that takes too long. */
function cleanInTime(batch: readonly RawText[], rules: readonly Rule[], textMs: number): readonly Made[] {
  const clean = (raw: RawText): Made => {
    const cleaned = cleanText(raw.text, raw, rules);
    return { raw, cleaned, made: 'droppedBy' in cleaned ? [] : toDocuments(raw, cleaned.text, rules) };
  };
  const tooLong = (raw: RawText): Made => ({
    raw,
    cleaned: { droppedBy: 'took too long', text: raw.text.slice(0, BEGINNING) },
    made: [],
  });
  return (
    withinTime(textMs, () => batch.map(clean)) ??
    batch.map((raw) => withinTime(textMs, () => clean(raw)) ?? tooLong(raw))
  );
}

/**
 * A long text is several documents, `id#1`, `id#2`, …; where its time is known they are a thread, which the split keeps
 * together. A book has no time, and would otherwise be one document for training and none for the test.
 */
function toDocuments(raw: RawText, text: string, rules: readonly Rule[]): Document[] {
  const pieces = cutText(text);
  const context = cleanContext(raw.context, rules);
  const thread = raw.thread ?? (pieces.length > 1 && raw.time !== null ? raw.id : undefined);
  return pieces.map((piece, index) => {
    const language = languageOf(piece, raw.language);
    return {
      id: pieces.length > 1 ? `${raw.id}#${index + 1}` : raw.id,
      text: piece,
      source: raw.service,
      ...(raw.time !== null && { time: raw.time }),
      archive: raw.archive,
      ...((raw.posts.length > 1 || pieces.length > 1) && { posts: raw.posts }),
      ...(thread !== undefined && { thread }),
      ...(language !== undefined && { language }),
      ...(index === 0 && context.length > 0 && { context }),
    };
  });
}

/** None, unless words of another are left in it. */
function cleanContext(context: RawText['context'], rules: readonly Rule[]): Turn[] {
  const turns = cleanTurns(context, rules);
  return turns.some(({ by }) => by === 'another') ? turns : [];
}

/** Pieces of one text by their number. */
const inOrder = new Intl.Collator('en', { numeric: true });

/** What has no time comes last: of two that say the same, the one whose time is known is kept. */
function byTime(a: Document, b: Document): number {
  const [first, second] = [a.time ?? '~', b.time ?? '~'];
  if (first !== second) return first < second ? -1 : 1;
  return inOrder.compare(a.id, b.id);
}

function withoutLastLines(documents: readonly Document[]): Document[] {
  const texts = withoutRepeatedLines(documents.map(({ text }) => text));
  return documents.map((document, index) => ({ ...document, text: texts[index]! }));
}

function dropPasted(documents: readonly Document[], dropped: Dropped[]): Document[] {
  const pasted = pastedTexts(documents);
  const rule = 'copypasta';
  for (const { id, text } of documents) if (pasted.has(text)) dropped.push({ id, rule, text });
  return documents.filter(({ text }) => !pasted.has(text));
}

/** A text that is nothing much without its last lines is dropped by the rule that would have dropped it before. */
function judgeAgain(
  trimmed: readonly Document[],
  before: readonly Document[],
  rules: readonly Rule[],
  dropped: Dropped[],
): { readonly document: Document; readonly isShorter: boolean }[] {
  const judges = rules.filter(({ judges }) => judges);
  return trimmed.flatMap((document, index) => {
    const isShorter = document.text !== before[index]!.text;
    const { id, language } = document;
    const cleaned = isShorter
      ? cleanText(document.text, { markup: 'plain', kind: 'post', language }, judges)
      : undefined;
    if (!cleaned || !('droppedBy' in cleaned)) return [{ document, isShorter }];
    dropped.push({ id, rule: cleaned.droppedBy, text: cleaned.text });
    return [];
  });
}

function dropRepeats(
  documents: readonly Document[],
  originalsOf: (texts: readonly string[]) => Int32Array,
  rule: string,
  dropped: Dropped[],
): Document[] {
  const originals = originalsOf(documents.map(({ text }) => text));
  return documents.filter(({ id, text }, index) => {
    const original = originals[index]!;
    if (original !== -1) dropped.push({ id, rule, text, like: documents[original]!.id });
    return original === -1;
  });
}

function withoutZeros(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}
