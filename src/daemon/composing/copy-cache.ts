/**
 * What a persona must not copy, indexed once and kept: building takes seconds for a corpus of megabytes, and each draft
 * is written in a thread of its own. `data/copies/<persona>.<source>` may be deleted at any time.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Document, Turn } from '../../corpus/document.ts';
import { readCorpus } from '../../corpus/read-corpus.ts';
import { elsewhere } from '../../replies/elsewhere.ts';
import type { JudgeContext } from '../../scoring/candidate.ts';
import { type Copies, copiesFrom, copiesOf } from '../../scoring/copies.ts';
import { learnDullReplies } from '../../scoring/dull-replies.ts';
import { usualLength } from '../../scoring/usual-length.ts';
import type { Store } from '../../store/store.ts';

export interface Learnt extends Copies {
  readonly usualLength: JudgeContext['usualLength'];
  /** What it says to many different things. */
  readonly dull: readonly string[];
  /** Some of its conversations. */
  readonly elsewhere: readonly (readonly Turn[])[];
}

type Said = Pick<Document, 'text' | 'context'>;

interface Source {
  readonly home: string;
  readonly persona: string;
  readonly name: 'corpus' | 'archives';
  /** Whatever changes when the texts do. */
  readonly fingerprint: string;
  readonly read: () => readonly Said[] | Promise<readonly Said[]>;
}

export async function corpusCopies(home: string, persona: string, file: string): Promise<Learnt> {
  const { ino, size, mtimeMs } = statSync(file);
  const fingerprint = `${file} ${ino} ${size} ${mtimeMs}`;
  return indexOf({ home, persona, name: 'corpus', fingerprint, read: () => readCorpus(file) });
}

/** Beyond, older posts are left out: an index takes memory. In characters. */
const MOST_OF_ARCHIVES = 64_000_000;

/** Everything that the persona's archives hold, also what others wrote and what the corpus leaves out. Nothing where there are none. */
export async function archiveCopies(home: string, store: Store, persona: string): Promise<Copies | undefined> {
  const posts = store.db.selectFrom('posts').where('persona', '=', persona);
  const { count, newest } = await posts
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.max('id').as('newest')])
    .executeTakeFirstOrThrow();
  if (Number(count) === 0) return undefined;
  const read = async () => {
    const texts: Said[] = [];
    let characters = 0;
    for await (const { text, markup } of posts.select(['text', 'markup']).orderBy('id', 'desc').stream()) {
      const plain = markup === 'html' ? text.replace(/<[^<>]{0,2000}>/g, ' ') : text;
      characters += plain.length;
      if (characters > MOST_OF_ARCHIVES) break;
      texts.push({ text: plain });
    }
    return texts;
  };
  return indexOf({ home, persona, name: 'archives', fingerprint: `${count} ${newest}`, read });
}

/** Nothing that is to be forgotten is kept here. */
export function forgetCopies(home: string, persona: string): void {
  for (const name of ['corpus', 'archives'] as const) rmSync(fileOf(home, persona, name), { force: true });
}

function fileOf(home: string, persona: string, name: Source['name']): string {
  return path.join(home, 'data', 'copies', `${persona}.${name}`);
}

async function indexOf(source: Source): Promise<Learnt> {
  const kept = readKept(source);
  if (kept) return kept;
  const said = await source.read();
  const texts = said.map(({ text }) => text);
  const dull = source.name === 'corpus' ? learnDullReplies(said) : [];
  const built = { ...copiesOf(texts), usualLength: usualLength(texts), dull, elsewhere: elsewhere(said) };
  write(source, built);
  return built;
}

const VERSION = 3;
const ARRAYS = ['bytes', 'starts', 'firstWindow', 'chains', 'next', 'heads', 'nearNext'] as const;
const headSchema = z.object({
  version: z.literal(VERSION),
  fingerprint: z.string(),
  usualLength: z.object({ mean: z.number(), deviation: z.number() }).optional(),
  dull: z.array(z.string()),
  elsewhere: z.array(z.array(z.object({ by: z.enum(['me', 'another']), text: z.string() }))).min(1),
  /** Elements of each array, in this order. */
  lengths: z.array(z.int().min(0)).length(ARRAYS.length),
});
/** The length of the head in bytes, written as digits. */
const PREFIX = 16;

/** Undefined where there is none, or where it is of other texts; one that cannot be read is made anew. */
function readKept({ home, persona, name, fingerprint }: Source): Learnt | undefined {
  try {
    const file = readFileSync(fileOf(home, persona, name));
    const headBytes = Number(file.toString('latin1', 0, PREFIX));
    const head = headSchema.parse(JSON.parse(file.toString('utf8', PREFIX, PREFIX + headBytes)));
    if (head.fingerprint !== fingerprint) return undefined;
    let at = PREFIX + headBytes;
    const take = (index: number, size: number) => {
      const end = at + head.lengths[index]! * size;
      if (end > file.length) throw new Error('cut short');
      const bytes = file.buffer.slice(file.byteOffset + at, file.byteOffset + end);
      at = end;
      return bytes;
    };
    const bytes = new Uint8Array(take(0, 1));
    const [starts, firstWindow, chains, next, heads, nearNext] = ARRAYS.slice(1).map(
      (_, index) => new Uint32Array(take(index + 1, 4)),
    );
    const passages = { bytes, starts: starts!, firstWindow: firstWindow!, chains: chains!, next: next! };
    const { usualLength, dull, elsewhere } = head;
    return { ...copiesFrom({ passages, near: { heads: heads!, next: nearNext! } }), usualLength, dull, elsewhere };
  } catch {
    return undefined;
  }
}

function write(
  { home, persona, name, fingerprint }: Source,
  { passages, near, usualLength, dull, elsewhere }: Learnt,
): void {
  const { bytes, starts, firstWindow, chains, next } = passages.parts;
  const arrays = [bytes, starts, firstWindow, chains, next, near.parts.heads, near.parts.next];
  const lengths = arrays.map(({ length }) => length);
  const head = Buffer.from(JSON.stringify({ version: VERSION, fingerprint, usualLength, dull, elsewhere, lengths }));
  const file = fileOf(home, persona, name);
  const partial = `${file}.${process.pid}.partial`;
  mkdirSync(path.dirname(file), { recursive: true });
  const prefix = Buffer.from(String(head.length).padStart(PREFIX));
  writeFileSync(
    partial,
    Buffer.concat([prefix, head, ...arrays.map((one) => new Uint8Array(one.buffer, one.byteOffset, one.byteLength))]),
    { mode: 0o600 },
  );
  renameSync(partial, file);
}
