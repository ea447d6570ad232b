/** Drafts that nobody generated: what the owner writes, and old posts of the archive. They wait in the same queue as the others. */

import type { Candidate, JudgeContext } from '../scoring/candidate.ts';
import { GATES } from '../scoring/gates.ts';
import { type Store, transaction } from '../store/store.ts';
import type { NewCandidate } from './candidate.ts';
import { createDraft } from './create-draft.ts';
import type { DraftOptions } from './draft.ts';

/** What stands for a model where none wrote the text. */
export const NO_MODEL = 'none';
/** The origin of what the owner writes for the queue. */
export const OWN = 'own';

export interface OwnDraft {
  readonly persona: string;
  readonly text: string;
  /** `OWN`, or `service:id` of the post of the archive: each of these becomes a draft once. */
  readonly origin: string;
  readonly dueAt: Date;
  readonly options: DraftOptions;
  readonly gates: NewCandidate['gates'];
  readonly now: Date;
}

/** A pending draft with the text as its one candidate. Returns its id. */
export async function createOwnDraft(store: Store, own: OwnDraft): Promise<number> {
  const { persona, text, origin, dueAt, options, gates, now } = own;
  const candidate = { text, rawText: text, tokens: 0, logProbability: 0, seed: 0, kept: true, score: 0, features: [] };
  const sampling = { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, maxTokens: 1 };
  const allow = { mentions: [], links: [], hashtags: [] };
  const request = { prompt: '', count: 1, seed: 0, sampling, maxCharacters: [...text].length, allow };
  return transaction(store, async (inside) => {
    const id = await createDraft(inside, {
      persona,
      provenance: 'archived',
      prompt: null,
      dueAt,
      round: { model: NO_MODEL, modelHash: '', request },
      candidates: [{ ...candidate, gates }],
      now,
    });
    await inside.db
      .updateTable('drafts')
      .set({ origin, options: JSON.stringify(options) })
      .where('id', '=', id)
      .execute();
    return id;
  });
}

/** Of what an old post must not be; the others are about texts that a machine makes up. */
const OF_OLD_POSTS: readonly string[] = [
  'empty',
  'too short',
  'too long',
  'blocklist',
  'personal data',
  'private name',
];

export function judgeOldPost(text: string, context: JudgeContext): NewCandidate['gates'] {
  const candidate: Candidate = { text, logProbabilities: [], finish: 'end-of-text' };
  return GATES.filter(({ name }) => OF_OLD_POSTS.includes(name)).map(({ name, objection }) => {
    const reason = objection(candidate, context);
    return reason === undefined ? { name, passed: true } : { name, passed: false, reason };
  });
}
