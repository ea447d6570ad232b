/** A home whose persona `ida` has learned to converse: the starter, taught on what people say to each other in the books that it was trained on. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MOST_CONTEXT } from '../../src/corpus/dialogue.ts';
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

/** Trains where it has not been done; stopped, it goes on. Needs the books of models/starter/README.md as JSON lines. */
export function conversationHome(folder: string, books: string): void {
  mkdirSync(path.join(folder, 'models'), { recursive: true });
  const starter = path.join(folder, 'models', 'starter');
  if (!existsSync(starter)) symlinkSync(path.join(ROOT, 'models', 'starter'), starter);
  for (const name of PERSONAS) writePersona(folder, name, books);
  if (existsSync(path.join(folder, 'models', 'ida'))) return;
  const argv = [path.join(ROOT, 'bin', 'eidolon.js'), 'train', 'ida', '--from', 'starter', '--json'];
  const { status } = spawnSync(process.execPath, argv, {
    env: { ...process.env, EIDOLON_HOME: folder },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`eidolon train ida ended with ${status}`);
}

function writePersona(folder: string, name: string, books: string): void {
  const home = path.join(folder, 'personas', name);
  if (existsSync(path.join(home, 'persona.yaml'))) return;
  mkdirSync(home, { recursive: true });
  const lines = documents(books).map((document) => JSON.stringify(document));
  writeFileSync(path.join(home, 'corpus.jsonl'), `${lines.join('\n')}\n`);
  const yaml = [
    `name: ${name}`,
    'model: ida',
    'sampling: { temperature: 0.9, topP: 0.95, maxTokens: 40 }',
    'quality: { candidates: 8, keep: 5, byChance: 0, blind: 0 }',
    'length: { min: 2, max: 300 }',
    'train: { epochs: 1 }',
  ];
  writeFileSync(path.join(home, 'persona.yaml'), `${yaml.join('\n')}\n`);
}

function documents(books: string): readonly Document[] {
  const answers = bookConversations(books, 'train').flatMap((conversation, index) =>
    conversation.turns.flatMap((text, at): Document[] => {
      return at === 0
        ? []
        : [{ id: `${index}.${at}`, text, source: conversation.title, context: contextOf(conversation, at) }];
    }),
  );
  return shuffled(answers, randomFrom(SEED))
    .slice(0, LEARNED + LOOKED_AT)
    .map((document, index) => ({
      ...document,
      part: index < LEARNED ? 'train' : index % 2 === 0 ? 'validation' : 'test',
    }));
}
