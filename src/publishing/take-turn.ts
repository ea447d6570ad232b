import { stateFolder } from '../environment.ts';
import { UserError } from '../errors.ts';
import type { Persona } from '../persona/persona.ts';
import { type Claim, type DraftKind, nextDue } from '../queue/claim.ts';
import { keyOf, leaveAlone, ownersFiles, pause, readStandings, serverOf } from './account-health.ts';
import { narrower } from './audience.ts';
import type { Network, PostOptions } from './network.ts';
import { accountNetwork, type Holder } from './networks.ts';
import { onlyHere } from './only-home.ts';
import { asksForLength, keepLength, threadLimits } from './post-length.ts';
import { type Outcome, publishNext, reconcile, type Split, type Turn } from './publish-next.ts';
import { splitThread } from './split-thread.ts';
import { nextMonth, type Spending } from './usage.ts';
import { costOf } from './x/prices.ts';

/**
 * A persona's turn at its network: settles what is in doubt, then publishes what is due. Asks nothing of a network that is
 * to be left alone. What only its owner can mend pauses the persona. Returns what is new.
 */
export async function takeTurn(holder: Holder, kinds?: readonly DraftKind[]): Promise<readonly Outcome[]> {
  const { home, persona, store, now } = holder;
  const { pause: isPaused, wait, spending } = (await readStandings(store, [persona], now())).get(persona.name)!;
  if (isPaused || wait || spending.necessaryReads) return [];
  const files = ownersFiles(home, persona.name);
  try {
    const network = await accountNetwork(holder);
    const options = (claim: Claim) => optionsOf(persona, claim);
    const turn: Turn = {
      persona: persona.name,
      network,
      now,
      server: serverOf(persona.account),
      files,
      options,
      expireAfterMs: persona.queue.expireAfterMs,
      splitter: () => splitterOf(holder, network),
      ...(persona.account.network !== 'local' && {
        guard: (account, work) => onlyHere({ home, stateFolder: stateFolder() }, keyOf(persona.account, account), work),
      }),
      ...(kinds && { kinds }),
    };
    const settled = await reconcile(store, turn);
    if (settled.length > 0) return settled; // the daemon looks again at what is due, and when
    if (spending.posts || !(await canAfford(holder, spending, kinds))) return [];
    const published = await publishNext(store, turn);
    return published ? [published] : [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const because = error.hint === undefined ? error.message : `${error.message}. ${error.hint}`;
    await pause(store, because, { persona: persona.name, files, now: now() });
    return [];
  }
}

/** Whether what is due next leaves the account within its money; where it does not, it waits for the next month. */
async function canAfford(
  { persona, store, now }: Holder,
  spending: Spending,
  kinds: readonly DraftKind[] | undefined,
): Promise<boolean> {
  const { name, account } = persona;
  if (account.network !== 'x' || account.budget.dollarsPerMonth === undefined) return true;
  const due = await nextDue(store, name, now(), kinds);
  if (!due) return true;
  const parts = splitThread(due.text, await threadLimits(store, persona)) ?? [due.text];
  const costs = parts.map((text, part) =>
    costOf({ kind: 'post', text, isReply: part === 0 && due.inReplyTo !== null }),
  );
  const dollars = costs.reduce((sum, cost) => sum + cost, 0);
  const left = account.budget.dollarsPerMonth - spending.dollarsInMonth;
  if (dollars <= left) return true;
  const because = `the next post costs $${dollars}, and $${left.toFixed(3)} are left of $${account.budget.dollarsPerMonth} a month`;
  await leaveAlone(store, name, { until: nextMonth(now()).toISOString(), because });
  return false;
}

/** What the server takes is asked for where it is not known, or was told too long ago. */
async function splitterOf({ persona, store, now }: Holder, network: Network): Promise<Split> {
  if (await asksForLength(store, persona.account, now())) {
    await network.verify();
    await keepLength(store, persona.account, network, now());
  }
  const limits = await threadLimits(store, persona);
  return (text) => splitThread(text, limits);
}

/** As persona.yaml has it, or its owner; a reply is seen by nobody who does not see what it answers. What a network does not know it passes over. */
export function optionsOf({ account, language }: Pick<Persona, 'account' | 'language'>, claim: Claim): PostOptions {
  const usual =
    'replyVisibility' in account ? account[claim.inReplyTo === null ? 'visibility' : 'replyVisibility'] : undefined;
  const asked = claim.wishes.visibility ?? usual;
  const visibility = claim.audience === null ? asked : narrower(asked ?? 'public', claim.audience);
  const contentWarning = 'contentWarning' in account ? account.contentWarning : undefined;
  const replySettings = 'replySettings' in account ? account.replySettings : undefined;
  return {
    language,
    ...(contentWarning && { contentWarning }),
    ...(replySettings && { replySettings }),
    ...claim.wishes,
    ...(visibility && { visibility }),
  };
}
