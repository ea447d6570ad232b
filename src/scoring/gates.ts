import { personalDataIn } from '../corpus/personal-data.ts';
import { isWanted, languageOf } from '../corpus/rules/language.ts';
import { nameReplacer } from '../corpus/rules/names.ts';
import { plainUnicode } from '../corpus/rules/unicode.ts';
import { wordsOf } from '../corpus/words.ts';
import { anothersLine } from '../generation/own-turn.ts';
import { brokenRule } from '../persona/rules.ts';
import { blockedWordIn } from './blocklist.ts';
import type { Candidate, JudgeContext } from './candidate.ts';
import { COPIED, normalise } from './copy-index.ts';
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
  { name: 'unbalanced', objection: unbalanced },
  { name: 'other voice', objection: otherVoice },
  { name: 'language', objection: otherLanguage },
  { name: 'blocklist', objection: blocked },
  { name: 'personal data', objection: personalData },
  { name: 'private name', objection: privateName },
  { name: 'rules', objection: ({ text }, { rules }) => rules && brokenRule(text, rules) },
  { name: 'copied', objection: copied },
  { name: 'near duplicate', objection: nearDuplicate },
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
  return undefined;
}

const PAIRS = [
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
  ['«', '»'],
  ['“', '”'],
] as const;

/** Quotes may open each paragraph of a speech and close the last alone; what is counted "a)" or smiles ":)" closes nothing. */
function unbalanced({ text }: Candidate): string | undefined {
  for (const [opening, closing] of PAIRS) {
    const [opened, closed] = [count(text, opening), count(text, closing)];
    const isSpeech = opening === '“' && text.includes('\n');
    if (opened > closed && !isSpeech) return `"${opening}" is never closed`;
    if (closed > opened && closing !== ')' && closing !== '»') return `"${closing}" closes nothing`;
  }
  return undefined;
}

/** A reply that goes on as the one it answers. A post may quote. */
function otherVoice({ text }: Candidate, { said }: JudgeContext): string | undefined {
  const line = said && anothersLine(text);
  return line === undefined ? undefined : `speaks for somebody else: "${line}"`;
}

/** Only where it is sure: a short text may be of several. */
function otherLanguage({ text }: Candidate, { language }: JudgeContext): string | undefined {
  if (language === undefined) return undefined;
  const found = languageOf(text);
  return isWanted(found, [language]) ? undefined : `is written in "${found}", and "${language}" is wanted`;
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function blocked({ text }: Candidate, { blocklist, allowlist, language }: JudgeContext): string | undefined {
  const word = blockedWordIn(text, { own: blocklist, allowed: allowlist, language });
  return word === undefined ? undefined : `holds "${word.trim()}"`;
}

function personalData({ text }: Candidate): string | undefined {
  const kinds = personalDataIn(text);
  return kinds.length > 0 ? `holds what looks like ${kinds.join(' and ')}` : undefined;
}

function privateName({ text }: Candidate, { privateNames = [] }: JudgeContext): string | undefined {
  const plain = plainUnicode(text);
  return nameReplacer(privateNames, '')(plain) === plain ? undefined : 'names somebody whom no text may name';
}

function nearDuplicate({ text }: Candidate, { near = [] }: JudgeContext): string | undefined {
  for (const { source, index } of near) {
    const found = index.find(normalise(text));
    if (found) return `says nearly what a text of ${source} says: ${Math.round(100 * found.similarity)} % the same`;
  }
  return undefined;
}

function copied({ text }: Candidate, { corpus, archives, earlier, thread }: JudgeContext): string | undefined {
  const sources = [
    ['the corpus', corpus],
    ['the archives', archives],
    ['an earlier post', earlier],
    ['what it answers', thread],
  ] as const;
  for (const [source, index] of sources) {
    const quote = index?.overlap(text).longest?.quote ?? '';
    if (quote.length >= COPIED) return `${quote.length} characters are in ${source}: "${quote}"`;
  }
  return undefined;
}
