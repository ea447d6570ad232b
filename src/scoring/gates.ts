import { personalDataIn } from '../corpus/personal-data.ts';
import { wordsOf } from '../corpus/words.ts';
import { blockedWordIn } from './blocklist.ts';
import type { Candidate, JudgeContext } from './candidate.ts';
import { COPIED } from './copy-index.ts';
import { seqRep } from './repetition.ts';

interface Gate {
  readonly name: string;
  /** Why the candidate must not pass, told to the owner; undefined lets it through. */
  readonly objection: (candidate: Candidate, context: JudgeContext) => string | undefined;
}

/** One text in a thousand that people wrote has more: measured on 999 dictionary entries and the paragraphs of some books. */
const MOST_REPETITION = 0.2;

/** A candidate that any of these stops is never offered. Adding a gate is one line. */
export const GATES: readonly Gate[] = [
  { name: 'empty', objection: empty },
  { name: 'too short', objection: tooShort },
  { name: 'too long', objection: tooLong },
  { name: 'repetition', objection: repetition },
  { name: 'unfinished', objection: unfinished },
  { name: 'blocklist', objection: blocked },
  { name: 'personal data', objection: personalData },
  { name: 'copied', objection: copied },
];

function empty({ text, prompt = '' }: Candidate): string | undefined {
  const written = text.startsWith(prompt) ? text.slice(prompt.length) : text;
  if (/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(written)) return undefined;
  return prompt === '' ? 'nothing was written' : `nothing was written after "${prompt}"`;
}

function tooShort({ text }: Candidate, { length }: JudgeContext): string | undefined {
  const characters = [...text].length;
  return characters < length.min ? `${characters} characters, at least ${length.min} are wanted` : undefined;
}

function tooLong({ text }: Candidate, { length, tooLongThere }: JudgeContext): string | undefined {
  const characters = [...text].length;
  if (characters > length.max) return `${characters} characters, at most ${length.max} are allowed`;
  return tooLongThere?.(text);
}

function repetition({ text }: Candidate): string | undefined {
  const share = seqRep(wordsOf(text), 4);
  if (share > MOST_REPETITION) return `${Math.round(share * 100)} % of its groups of four words are repeated`;
  const loop = /(.{1,8}?)\1{7,}/su.exec(text);
  return loop ? `repeats "${loop[1]}"` : undefined;
}

const SENTENCE_END = /[.!?…。！？][”’"'»)\]*_]*$/u;
const GOES_ON = /[,;:([“‘«–—-]$/u;

/** What the model ended itself may end without a full stop, as a line of verse or a poet's name does; what a limit cut may not. */
function unfinished({ text, finish }: Candidate): string | undefined {
  const end = text.trimEnd();
  if (GOES_ON.test(end)) return `ends with "${end.slice(-1)}"`;
  if (finish !== 'end-of-text' && !SENTENCE_END.test(end) && !/\p{Extended_Pictographic}\p{M}*$/u.test(end)) {
    return `was cut after "${end.slice(-20)}"`;
  }
  const open = PAIRS.find(([opening, closing]) => count(end, opening) > count(end, closing));
  return open ? `"${open[0]}" is never closed` : undefined;
}

const PAIRS = [
  ['(', ')'],
  ['[', ']'],
] as const;

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function blocked({ text }: Candidate, { blocklist }: JudgeContext): string | undefined {
  const word = blockedWordIn(text, blocklist);
  return word === undefined ? undefined : `holds "${word.trim()}"`;
}

function personalData({ text }: Candidate): string | undefined {
  const kinds = personalDataIn(text);
  return kinds.length > 0 ? `holds what looks like ${kinds.join(' and ')}` : undefined;
}

function copied({ text }: Candidate, { corpus, earlier, thread }: JudgeContext): string | undefined {
  const sources = [
    ['the corpus', corpus],
    ['an earlier post', earlier],
    ['what it answers', thread],
  ] as const;
  for (const [source, index] of sources) {
    const quote = index?.overlap(text).longest?.quote ?? '';
    if (quote.length >= COPIED) return `${quote.length} characters are in ${source}: "${quote}"`;
  }
  return undefined;
}
