import type { Turn } from '../corpus/document.ts';
import { shinglesOf } from '../corpus/near-duplicates.ts';
import { readCorpus } from '../corpus/read-corpus.ts';
import type { Persona } from '../persona/persona.ts';
import { lengthComplaint } from '../publishing/post-length.ts';
import type { JudgeContext } from '../scoring/candidate.ts';
import { CopyIndex } from '../scoring/copy-index.ts';
import { usualLength } from '../scoring/usual-length.ts';
import type { Store } from '../store/store.ts';

/** What a candidate of this persona is judged against: what it learned from, what it said or may still say, and what it answers. */
export async function judgeContext(
  store: Store,
  persona: Persona,
  answered: readonly Turn[] = [],
): Promise<JudgeContext> {
  const others = answered.filter(({ by }) => by === 'another').map(({ text }) => text);
  const earlier = await earlierTexts(store, persona.name);
  const corpus = persona.corpusFile === undefined ? [] : readCorpus(persona.corpusFile).map(({ text }) => text);
  return {
    corpus: new CopyIndex(corpus),
    earlier: new CopyIndex(earlier),
    ...(others.length > 0 && { thread: new CopyIndex(others) }),
    length: persona.length,
    tooLongThere: await lengthComplaint(store, persona),
    blocklist: persona.blocklist,
    usualLength: usualLength(corpus),
    recent: earlier.slice(0, MOST_RECENT).map(shinglesOf),
  };
}

/** Older posts may be echoed without anyone noticing. */
const MOST_RECENT = 200;

/** Newest first. */
async function earlierTexts({ db }: Store, persona: string): Promise<readonly string[]> {
  const decided = await db
    .selectFrom('drafts')
    .select('text')
    .where('persona', '=', persona)
    .where('status', 'in', ['approved', 'publishing', 'published', 'uncertain'])
    .where('text', 'is not', null)
    .orderBy('id', 'desc')
    .execute();
  const offered = await db
    .selectFrom('candidates')
    .innerJoin('drafts', 'drafts.id', 'candidates.draft_id')
    .select('candidates.text')
    .where('drafts.persona', '=', persona)
    .where('drafts.status', '=', 'pending')
    .where('candidates.kept', '=', 1)
    .execute();
  return [...offered, ...decided].flatMap(({ text }) => text ?? []);
}
