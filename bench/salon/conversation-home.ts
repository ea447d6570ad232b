/**
 * A home whose persona `ida` has learned to converse: the starter, taught on what people say to each other in the books that it was trained on.
 * So has `vera`, from other answers, who takes part in nothing: she judges.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { dialogueBefore, MOST_CONTEXT } from '../../src/corpus/dialogue.ts';
import type { Document, Turn } from '../../src/corpus/document.ts';
import { randomFrom, shuffled } from '../../src/random.ts';
import { ROOT } from '../example-home.ts';
import { bookConversations, type Conversation } from './book-conversations.ts';

const LEARNED = 9000; // answers
const LOOKED_AT = 400;
const SEED = 11;

/** Oldest first, before turn `at`, as the one who says it sees them. */
export function contextOf({ turns }: Conversation, at: number): readonly Turn[] {
  return turns.slice(Math.max(0, at - MOST_CONTEXT), at).map((text, index, { length }): Turn => {
    return { by: (length - index) % 2 === 1 ? 'another' : 'me', text };
  });
}

/** Both personas are alike, so that what they make of a conversation is due to how replies are chosen. */
export const PERSONAS = ['ida', 'max'] as const;

export const JUDGE = 'vera';

/** Trains where it has not been done; stopped, it goes on. Needs the books of models/starter/README.md as JSON lines. */
export function conversationHome(folder: string, books: string): void {
  talkersHome(folder, books);
  writePersona(folder, { name: JUDGE, model: JUDGE, documents: () => answersOf(books, 1) });
  train(folder, JUDGE, 'starter');
}

/** Of `conversationHome` those who talk. */
export function talkersHome(folder: string, books: string): void {
  mkdirSync(path.join(folder, 'models'), { recursive: true });
  const starter = path.join(folder, 'models', 'starter');
  rmSync(starter, { force: true }); // it may be of another checkout
  symlinkSync(path.join(ROOT, 'models', 'starter'), starter);
  for (const name of PERSONAS) writePersona(folder, { name, model: 'ida', documents: () => answersOf(books, 0) });
  train(folder, 'ida', 'starter');
}

/** One who has read conversations as running text, both voices alike: where its turn is over it goes on as the other. */
export const BOTH_VOICES = 'both';

export function bothVoicesHome(folder: string, books: string): void {
  talkersHome(folder, books);
  writePersona(folder, { name: BOTH_VOICES, model: BOTH_VOICES, documents: () => transcriptsOf(books) });
  train(folder, BOTH_VOICES, 'ida');
}

/** Where it has not been done. */
function train(folder: string, name: string, from: string): void {
  if (existsSync(path.join(folder, 'models', name))) return;
  const argv = [path.join(ROOT, 'bin', 'eidolon.js'), 'train', name, '--from', from, '--json'];
  const { status } = spawnSync(process.execPath, argv, {
    env: { ...process.env, EIDOLON_HOME: folder },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`eidolon train ${name} ended with ${status}`);
}

interface Learner {
  readonly name: string;
  readonly model: string;
  readonly documents: () => readonly Document[];
}

function writePersona(folder: string, { name, model, documents }: Learner): void {
  const home = path.join(folder, 'personas', name);
  if (existsSync(path.join(home, 'persona.yaml'))) return;
  mkdirSync(home, { recursive: true });
  const lines = documents().map((document) => JSON.stringify(document));
  writeFileSync(path.join(home, 'corpus.jsonl'), `${lines.join('\n')}\n`);
  const yaml = [
    `name: ${name}`,
    `model: ${model}`,
    'sampling: { temperature: 0.9, topP: 0.95, maxTokens: 40 }',
    'quality: { candidates: 8, keep: 5, byChance: 0, blind: 0 }',
    'length: { min: 2, max: 300 }',
    'train: { epochs: 1 }',
  ];
  writeFileSync(path.join(home, 'persona.yaml'), `${yaml.join('\n')}\n`);
}

/** `share` 0, 1, …: as many of all, and no answer in two shares. */
function answersOf(books: string, share: number): readonly Document[] {
  const answers = bookConversations(books, 'train').flatMap((conversation, index) =>
    conversation.turns.flatMap((text, at): Document[] => {
      return at === 0
        ? []
        : [{ id: `${index}.${at}`, text, source: conversation.title, context: contextOf(conversation, at) }];
    }),
  );
  return shuffled(answers, randomFrom(SEED))
    .slice(share * (LEARNED + LOOKED_AT), (share + 1) * (LEARNED + LOOKED_AT))
    .map((document, index) => ({
      ...document,
      part: index < LEARNED ? 'train' : index % 2 === 0 ? 'validation' : 'test',
    }));
}

const TRANSCRIPTS = 1500;
const LONGEST_TRANSCRIPT = 8; // turns

function transcriptsOf(books: string): readonly Document[] {
  const transcripts = bookConversations(books, 'train').map(({ title, turns }, index): Document => {
    const said = turns.slice(0, LONGEST_TRANSCRIPT);
    const voices = said.map((text, at): Turn => ({ by: at % 2 === 0 ? 'another' : 'me', text }));
    return { id: String(index), text: dialogueBefore(voices).trimEnd(), source: title };
  });
  return shuffled(transcripts, randomFrom(SEED)).slice(0, TRANSCRIPTS);
}
