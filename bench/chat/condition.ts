/** One copy of a persona, taught by a hundred picks of one rule, and what it says then. As chat does it, without terminal and store. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { diverse } from '../../src/chat/replies.ts';
import { generate } from '../../src/generation/generate.ts';
import { ownTurn } from '../../src/generation/own-turn.ts';
import { tidy } from '../../src/generation/tidy.ts';
import type { Example, Measured } from '../../src/learning/selector/example.ts';
import { probabilityOf, type Selector, trainSelector } from '../../src/learning/selector/selector.ts';
import { openSessionAdapter, SESSION_STEP, type SessionStep } from '../../src/learning/session/session-adapter.ts';
import { adaptedModel, type Model, openModel } from '../../src/model/model.ts';
import { scoreTexts } from '../../src/model/score-texts.ts';
import { loadTokenizer } from '../../src/model/tokenizer.ts';
import { loadPersona } from '../../src/persona/load-persona.ts';
import { randomFrom, shuffled } from '../../src/random.ts';
import { seqRep } from '../../src/scoring/repetition.ts';
import { tokenDocument } from '../../src/training/data/token-documents.ts';
import { readCorpora } from '../../src/training/data/training-corpora.ts';
import { documentNats } from '../../src/training/report/measure-model.ts';
import { bitsPerByte, pairedBootstrap } from '../../src/training/report/paired-bootstrap.ts';
import { ROOT } from '../example-home.ts';
import { teachingQuestion, testQuestion } from './questions.ts';
import { picked, type Rule } from './rules.ts';

export type Teaching = 'taught' | 'shuffled';

export interface Condition {
  readonly rule: Rule;
  readonly seed: number;
  /** `shuffled`: the same offers, and picks that are drawn by chance. */
  readonly teaching: Teaching;
}

export interface ChatSettings {
  readonly folder: string;
  readonly persona: string;
  readonly picks: number;
  /** Questions that are asked afterwards. */
  readonly questions: number;
  readonly step?: SessionStep;
}

export interface Reply {
  readonly question: number;
  readonly text: string;
}

export interface Outcome {
  readonly rule: Rule['name'];
  readonly seed: number;
  readonly teaching: Teaching;
  /** What it says first: of five replies, as the selector that learned from the picks ranks them. */
  readonly first: readonly Reply[];
  /** One reply, drawn: what the adapter alone brings. */
  readonly drawn: readonly Reply[];
  /** What a judge learns from: all five replies that are offered, and all that were written. */
  readonly offered: readonly Reply[];
  readonly written: readonly Reply[];
  /** Of the persona's held-out texts, in bits a byte: before, and how much more after, with the interval. */
  readonly before: number;
  readonly worse: { readonly mean: number; readonly low: number; readonly high: number };
  /** Texts that were written, those that went on to write the other's turn before they were cut, and those that still do. */
  readonly count: number;
  readonly cut: number;
  readonly others: number;
  readonly seconds: number;
}

export function outcomeFile(folder: string, { rule, seed, teaching }: Condition): string {
  return path.join(folder, `${rule.name}-${seed}-${teaching}.json`);
}

/** Kept, so that a bench that was stopped goes on. */
export async function runCondition(condition: Condition, settings: ChatSettings): Promise<Outcome> {
  const file = outcomeFile(settings.folder, condition);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const outcome = await measured(condition, settings);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.unfinished`, `${JSON.stringify(outcome, null, 2)}\n`);
  renameSync(`${file}.unfinished`, file);
  return outcome;
}

const OFFERED = 5;
/** As `eidolon chat` writes them. */
const DRAWN = 2 * OFFERED + 2;
const OWN_TEXTS = 400;

interface Said extends Measured {
  readonly text: string;
}

async function measured({ rule, seed, teaching }: Condition, settings: ChatSettings): Promise<Outcome> {
  const began = performance.now();
  const persona = loadPersona(path.join(ROOT, 'personas', settings.persona));
  const folder = path.join(ROOT, 'models', persona.model);
  const tokenizer = loadTokenizer(folder);
  const corpora = readCorpora(persona, [{ corpora: { mine: 1 } }], undefined, (one) => tokenDocument(one, tokenizer));
  const { parts, tokens } = corpora.get('mine')!;
  const own = shuffled(parts.train, randomFrom(persona.learn.seed)).slice(0, OWN_TEXTS);
  const step = settings.step ?? SESSION_STEP;
  const adapter = await openSessionAdapter({ folder, own: own.map(({ text }) => text), seed, step });
  const to = path.join(settings.folder, `${rule.name}-${seed}-${teaching}.adapter`);
  const base = await openModel(folder);
  const random = randomFrom(1000 * seed + rule.name.length);
  const counts = { count: 0, cut: 0, others: 0 };

  /** Measured by the persona's frozen model, as in the queue. */
  const replies = async (model: Model, question: string, first: number, count: number): Promise<Said[]> => {
    const context = [{ by: 'another', text: question }] as const;
    const { sampling, length, allow } = persona;
    const asked = { prompt: '', context, count, seed: first, sampling, maxCharacters: length.max };
    const texts = (await generate(model, asked)).map((row) => {
      const turn = ownTurn(row.text);
      const text = tidy(turn.text, allow, turn.wasCut ? 'end-of-text' : row.finish);
      counts.count++;
      if (turn.wasCut) counts.cut++;
      if (ownTurn(text).wasCut) counts.others++;
      return text;
    });
    const worded = texts.filter((text) => /[\p{L}\p{N}]/u.test(text));
    const scores = await scoreTexts(base, worded);
    return worded.map((text, index) => {
      const { logProbabilities, hidden } = scores[index]!;
      const words = text.split(/\s+/);
      const mean = logProbabilities.reduce((sum, one) => sum + one, 0) / logProbabilities.length;
      const features = { fluency: mean, length: Math.log2(1 + text.length), repetition: seqRep(words, 2) };
      return { text, features, prior: 0.5, hidden, model: base.hash };
    });
  };
  const ranked = (said: readonly Said[], selector: Selector) =>
    selector.ignorance === null
      ? said.toSorted((a, b) => probabilityOf(selector, b) - probabilityOf(selector, a))
      : said;

  try {
    let model = base;
    const examples: Example[] = [];
    let selector = trainSelector(examples);
    for (let pick = 0; pick < settings.picks; pick++) {
      const question = teachingQuestion(pick + 7 * seed);
      const drafts = await replies(model, question, seed * 10_000_000 + pick * 1000, DRAWN);
      const offered = diverse(ranked(drafts, selector), OFFERED);
      if (offered.length < 2) continue;
      const texts = offered.map(({ text }) => text);
      const choice = teaching === 'shuffled' ? Math.floor(random() * texts.length) : picked(rule, texts, random);
      for (const [index, { text: _, ...one }] of offered.entries()) {
        const approved = index === choice;
        examples.push({ ...one, draft: pick, blind: false, approved, weight: approved ? 1 : 1 / (texts.length - 1) });
      }
      selector = trainSelector(examples, { previous: selector });
      const others = texts.filter((_, index) => index !== choice);
      await adapter.learn({ context: [{ by: 'another', text: question }], said: texts[choice]!, others });
      adapter.write(to);
      model = await adaptedModel(base, to);
    }

    const [first, drawn, offered, written]: [Reply[], Reply[], Reply[], Reply[]] = [[], [], [], []];
    for (let question = 0; question < settings.questions; question++) {
      const from = 2_000_000_000 + question * 10_000 + 100 * rule.name.length + seed;
      const said = await replies(model, testQuestion(question), from, DRAWN);
      const asReplies = (some: readonly Said[]) => some.map(({ text }) => ({ question, text }));
      const best = asReplies(diverse(ranked(said, selector), OFFERED));
      first.push(...best.slice(0, 1));
      offered.push(...best);
      drawn.push(...asReplies(said.slice(0, 1)));
      written.push(...asReplies(said));
    }

    const bytes = parts.test.map(({ text }) => Buffer.byteLength(text));
    const [former, after] = [await documentNats(folder, tokens.test), await documentNats(to, tokens.test)];
    const pairs = bytes.map((size, index) => ({ before: former[index]!, after: after[index]!, bytes: size }));
    const before = bitsPerByte(former, bytes);
    const worse = pairedBootstrap(pairs, randomFrom(1));
    const about = { rule: rule.name, seed, teaching, first, drawn, offered, written, before, worse, ...counts };
    return { ...about, seconds: (performance.now() - began) / 1000 };
  } finally {
    rmSync(to, { recursive: true, force: true });
    await adapter.release();
    await base.network.release();
  }
}
