/** A salon on the personas' accounts: each turn is a draft like any other, and the next one is written when it is posted. */
import { setTimeout } from 'node:timers/promises';
import { composeNext } from '../daemon/composing/compose-draft.ts';
import { saidTurn } from '../daemon/composing/hold-salon.ts';
import { judgeContext } from '../daemon/composing/judge-context.ts';
import { mayAnswerNow, type SalonSpeaker, sameNetwork, turnOnAccount } from '../daemon/composing/salon-drafts.ts';
import { UserError } from '../errors.ts';
import { accountNetwork } from '../publishing/networks.ts';
import { type Draft, getDraft } from '../queue/draft.ts';
import { createOwnDraft, judgeOldPost, OWN } from '../queue/own-draft.ts';
import { type SaidTurn, whyOver } from '../replies/why-over.ts';
import { endSentence, type SalonFlags } from './salon-flags.ts';

/** How often the store is looked at. */
const LOOK_MS = 1000;

export async function holdOnAccounts(speakers: readonly SalonSpeaker[], flags: SalonFlags): Promise<void> {
  sameNetwork(speakers.map(({ persona }) => persona));
  for (const speaker of speakers) await accountNetwork(speaker); // before anything is posted that nobody could answer
  const { store } = speakers[0]!;
  const among = speakers.map(({ persona }) => persona.name);
  let draft = flags.from === undefined ? await begin(speakers[0]!, flags) : await getDraft(store, flags.from);
  let seat = speakers.findIndex(({ persona }) => persona.name === draft.persona);
  if (seat === -1) {
    throw new UserError(`Draft ${draft.id} is by ${draft.persona}, who takes no part`, {
      hint: 'Name the personas of the salon, in the order in which they speak',
    });
  }
  const said: SaidTurn[] = [];
  for (let turn = 1; ; turn++) {
    tell(draft, flags);
    draft = await published(speakers[seat]!, draft);
    said.push(said.length === 0 ? {} : saidIn(draft));
    const over = whyOver(said);
    if (over !== null || turn === flags.turns) return tellEnd(over ?? 'enough', draft, flags);
    seat = (seat + 1) % speakers.length;
    await room(speakers[seat]!, flags);
    draft = await turnOnAccount(speakers[seat]!, draft, among);
  }
}

async function begin(speaker: SalonSpeaker, { opening }: SalonFlags): Promise<Draft> {
  const { store, persona, home, now } = speaker;
  if (opening === undefined) {
    const composed = await composeNext({ ...speaker, random: Math.random });
    if (composed.kind === 'none passed') throw new UserError(`${persona.name} has no opening: ${composed.reason}`);
    return getDraft(store, composed.draftId);
  }
  const text = opening.trim();
  const gates = judgeOldPost(text, await judgeContext({ store, persona, home }));
  const own = { persona: persona.name, text, origin: OWN, dueAt: now(), options: {}, gates, now: now() };
  return getDraft(store, await createOwnDraft(store, own));
}

/** Waits for its owner, and then for the daemon. @throws UserError where it will not be posted. */
async function published({ store }: SalonSpeaker, { id }: Draft): Promise<Draft> {
  for (;;) {
    const draft = await getDraft(store, id);
    if (draft.status === 'published' && draft.postId !== null) return draft;
    if (draft.status === 'rejected' || draft.status === 'expired' || draft.status === 'failed') {
      throw new UserError(`The salon ends: draft ${id} is ${draft.status}${draft.reason ? ` (${draft.reason})` : ''}`, {
        hint: `What is posted stays; eidolon why ${id} has the story`,
      });
    }
    await setTimeout(LOOK_MS);
  }
}

/** Waits until another reply may be written in this hour: people who wait for one are answered first. */
async function room(speaker: SalonSpeaker, { json }: SalonFlags): Promise<void> {
  const { name, schedule } = speaker.persona;
  for (let looks = 0; !(await mayAnswerNow(speaker)); looks++) {
    if (looks === 0) {
      const { perHour } = schedule.replies;
      if (json) console.log(JSON.stringify({ waits: name, perHour }));
      else console.log(`${name} has written its ${perHour} replies of this hour, and waits`);
    }
    await setTimeout(LOOK_MS);
  }
}

/** Of what its owner wrote in its place nothing is known. */
function saidIn({ text, candidateId, candidates }: Draft): SaidTurn {
  const chosen = candidates.find(({ id }) => id === candidateId);
  return chosen && chosen.text === text ? saidTurn(chosen) : {};
}

function tell({ id, persona, status }: Draft, { json }: SalonFlags): void {
  const next = status === 'pending' ? `waits for your review: eidolon review ${persona}` : `is ${status}`;
  if (json) console.log(JSON.stringify({ draft: id, persona, status }));
  else console.log(`Draft ${id} by ${persona} ${next}`);
}

function tellEnd(kind: 'loop' | 'dull' | 'enough', { id }: Draft, { json }: SalonFlags): void {
  if (json) console.log(JSON.stringify({ end: kind, draft: id }));
  else console.error(`${endSentence({ kind })} To go on all the same: --from ${id}`);
}
