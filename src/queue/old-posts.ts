/** Posts of the archive that may be posted again: the owner's own and public ones, that stand for themselves and were never drafts. */
import { plainWords, readForgotten } from '../archive/forgotten.ts';
import { cleanText } from '../corpus/clean-text.ts';
import { rulesFor } from '../corpus/rules.ts';
import { removeReferences } from '../generation/remove-references.ts';
import type { Persona } from '../persona/persona.ts';
import type { JudgeContext } from '../scoring/candidate.ts';
import type { Store } from '../store/store.ts';
import type { NewCandidate } from './candidate.ts';
import { judgeOldPost } from './own-draft.ts';

export interface OldPostFilter {
  readonly service?: string | undefined;
  /** ISO 8601 in UTC: from, and before. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Words that it holds, in any case. */
  readonly match?: string | undefined;
  readonly order: 'oldest' | 'newest' | 'random';
  readonly count: number;
}

export interface OldPost {
  /** `service:id`. */
  readonly origin: string;
  readonly text: string;
  readonly language: string | null;
  readonly time: string | null;
  readonly gates: NewCandidate['gates'];
}

export interface OldPosts {
  readonly posts: readonly OldPost[];
  /** Why others were passed over, each reason with how often. */
  readonly passedOver: ReadonlyMap<string, number>;
}

export interface Choosing {
  readonly filter: OldPostFilter;
  readonly context: JudgeContext;
  readonly random: () => number;
}

type ArchivedPersona = Pick<Persona, 'name' | 'allow' | 'privacy'>;

export async function chooseOldPosts(
  store: Store,
  persona: ArchivedPersona,
  { filter, context, random }: Choosing,
): Promise<OldPosts> {
  const rows = await ownPublicPosts(store, persona.name, filter);
  const ordered =
    filter.order === 'random'
      ? rows.map((row) => ({ row, at: random() })).toSorted((a, b) => a.at - b.at)
      : (filter.order === 'oldest' ? rows : rows.toReversed()).map((row) => ({ row }));
  const rules = textRules(persona);
  const forgotten = await readForgotten(store, persona.name);
  const used = await usedTexts(store, persona.name);
  const passedOver = new Map<string, number>();
  const pass = (reason: string) => void passedOver.set(reason, (passedOver.get(reason) ?? 0) + 1);
  const posts: OldPost[] = [];
  for (const { row } of ordered) {
    if (posts.length >= filter.count) break;
    const { service, post_id: id, markup, kind, language, time } = row;
    const cleaned = cleanText(row.text, { markup, kind }, rules);
    if ('droppedBy' in cleaned) {
      pass(cleaned.droppedBy);
      continue;
    }
    const { text } = cleaned;
    const words = plainWords(text);
    const gates = judgeOldPost(text, context);
    const failed = gates.find(({ passed }) => !passed);
    if (forgotten.has({ service, id, text: row.text }) || forgotten.has({ service, id, text })) pass('forgotten');
    else if (used.has(words)) pass('in the queue already');
    else if (removeReferences(text, persona.allow) !== text) {
      pass('names an account, a link or a hashtag that is not allowed');
    } else if (failed) pass(failed.name);
    else {
      used.add(words);
      posts.push({ origin: `${service}:${id}`, text, language, time, gates });
    }
  }
  return { posts, passedOver };
}

/** What makes plain text of what a service wrote; what makes a corpus of it is another matter. */
const PLAIN = ['markup', 'entities', 'unicode', 'damaged', 'automatic post', 'custom emoji', 'whitespace'];

function textRules({ allow, privacy }: ArchivedPersona) {
  const cleaning = { links: 'keep', mentions: 'keep', hashtags: 'keep', emoji: 'remove' } as const;
  return rulesFor({ languages: [], cleaning, privacy, allow }).filter(({ name }) => PLAIN.includes(name));
}

/** Oldest first. What answers somebody does not stand for itself. */
function ownPublicPosts({ db }: Store, persona: string, { service, since, until, match }: OldPostFilter) {
  let query = db
    .selectFrom('posts')
    .innerJoin('archives', 'archives.id', 'posts.archive_id')
    .select(['posts.service', 'posts.post_id', 'posts.text', 'posts.markup', 'posts.kind'])
    .select(['posts.language', 'posts.time'])
    .where('posts.persona', '=', persona)
    .where('archives.corpus', '=', 'mine')
    .where('posts.mine', '=', 1)
    .where('posts.kind', '=', 'post')
    .where('posts.visibility', '=', 'public')
    .where('posts.in_reply_to', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('drafts')
            .select('drafts.id')
            .where('drafts.persona', '=', persona)
            .where((inner) =>
              inner(
                'drafts.origin',
                '=',
                inner.fn<string>('concat', ['posts.service', inner.val(':'), 'posts.post_id']),
              ),
            ),
        ),
      ),
    );
  if (service !== undefined) query = query.where('posts.service', '=', service);
  if (since !== undefined) query = query.where('posts.time', '>=', since);
  if (until !== undefined) query = query.where('posts.time', '<', until);
  if (match !== undefined) query = query.where('posts.text', 'like', `%${match.replaceAll(/[%_]/g, '_')}%`);
  return query.orderBy('posts.time').orderBy('posts.id').execute();
}

/** The words of all that is or was to be posted: the same text may stand in two archives. */
async function usedTexts({ db }: Store, persona: string): Promise<Set<string>> {
  const rows = await db
    .selectFrom('drafts')
    .leftJoin('candidates', 'candidates.draft_id', 'drafts.id')
    .select(['drafts.text as decided', 'candidates.text as offered'])
    .where('drafts.persona', '=', persona)
    .where(({ eb, or }) => or([eb('drafts.text', 'is not', null), eb('drafts.origin', 'is not', null)]))
    .execute();
  return new Set(rows.flatMap(({ decided, offered }) => [decided ?? '', offered ?? '']).map(plainWords));
}
