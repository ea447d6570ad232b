import type { Turn } from '../../corpus/document.ts';
import { shinglesOf } from '../../corpus/near-duplicates.ts';
import type { Persona } from '../../persona/persona.ts';
import { lengthComplaint } from '../../publishing/post-length.ts';
import { standingTexts } from '../../queue/standing-texts.ts';
import type { JudgeContext } from '../../scoring/candidate.ts';
import { copiesOf } from '../../scoring/copies.ts';
import { CopyIndex } from '../../scoring/copy-index.ts';
import { dullReplies } from '../../scoring/dull-replies.ts';
import type { Store } from '../../store/store.ts';
import { archiveCopies, corpusCopies } from './copy-cache.ts';

/** What a candidate of this persona is judged against: what it learned from, what it said or may still say, and what it answers. */
export async function judgeContext(
  { store, persona, home }: { readonly store: Store; readonly persona: Persona; readonly home: string },
  answered: readonly Turn[] = [],
): Promise<JudgeContext> {
  const texts = await earlierTexts(store, persona.name);
  const earlier = copiesOf(texts);
  const corpus =
    persona.corpusFile === undefined ? undefined : await corpusCopies(home, persona.name, persona.corpusFile);
  const archives = await archiveCopies(home, store, persona.name);
  return {
    corpus: corpus?.passages ?? new CopyIndex([]),
    archives: archives?.passages,
    earlier: earlier.passages,
    near: [
      { source: 'the corpus', index: corpus?.near },
      { source: 'the archives', index: archives?.near },
      { source: 'an earlier post', index: earlier.near },
    ].flatMap(({ source, index }) => (index ? [{ source, index }] : [])),
    ...conversationContext(answered),
    ...(corpus && { dull: dullReplies(corpus.dull), elsewhere: corpus.elsewhere }),
    length: persona.length,
    tooLongThere: await lengthComplaint(store, persona),
    blocklist: persona.blocklist,
    allowlist: persona.allowlist,
    language: persona.language,
    privateNames: persona.privacy.names,
    rules: persona.rules,
    usualLength: corpus?.usualLength,
    recent: texts.slice(0, MOST_RECENT).map(shinglesOf),
  };
}

/** What was said in the conversation that a reply is to; nothing for a post. */
export function conversationContext(turns: readonly Turn[]): Pick<JudgeContext, 'thread' | 'said'> {
  if (turns.length === 0) return {};
  const others = turns.filter(({ by }) => by === 'another').map(({ text }) => text);
  return { said: turns.map(({ text }) => text), ...(others.length > 0 && { thread: new CopyIndex(others) }) };
}

/** Older posts may be echoed without anyone noticing. */
const MOST_RECENT = 200;

/** Newest first. */
async function earlierTexts(store: Store, persona: string): Promise<readonly string[]> {
  const offered = await store.db
    .selectFrom('candidates')
    .innerJoin('drafts', 'drafts.id', 'candidates.draft_id')
    .select('candidates.text')
    .where('drafts.persona', '=', persona)
    .where('drafts.status', '=', 'pending')
    .where('candidates.kept', '=', 1)
    .execute();
  return [...offered.map(({ text }) => text), ...(await standingTexts(store, persona))];
}
