import { UserError } from '../errors.ts';
import type { Persona } from '../persona/persona.ts';
import type { Claim } from '../queue/claim.ts';
import { ownersFiles, pause, readStandings, serverOf } from './account-health.ts';
import type { PostOptions } from './network.ts';
import { accountNetwork, type Holder } from './networks.ts';
import { type Outcome, publishNext, reconcile, type Turn } from './publish-next.ts';

/**
 * A persona's turn at its network: settles what is in doubt, then publishes what is due. Asks nothing of a network that is
 * to be left alone. What only its owner can mend pauses the persona. Returns what is new.
 */
export async function takeTurn(holder: Holder): Promise<readonly Outcome[]> {
  const { home, persona, store, now } = holder;
  const { pause: isPaused, wait } = (await readStandings(store, [persona], now())).get(persona.name)!;
  if (isPaused || wait) return [];
  const files = ownersFiles(home, persona.name);
  try {
    const network = await accountNetwork(holder);
    const options = (claim: Claim) => optionsOf(persona, claim);
    const turn: Turn = { persona: persona.name, network, now, server: serverOf(persona.account), files, options };
    const settled = await reconcile(store, turn);
    if (settled.length > 0) return settled; // the daemon looks again at what is due, and when
    const published = await publishNext(store, turn);
    return published ? [published] : [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const because = error.hint === undefined ? error.message : `${error.message}. ${error.hint}`;
    await pause(store, because, { persona: persona.name, files, now: now() });
    return [];
  }
}

/** As persona.yaml has it; what a network does not know it passes over. */
export function optionsOf({ account, language }: Pick<Persona, 'account' | 'language'>, claim: Claim): PostOptions {
  const isReply = claim.inReplyTo !== null;
  const visibility =
    'visibility' in account || 'replyVisibility' in account
      ? isReply
        ? account.replyVisibility
        : account.visibility
      : undefined;
  const contentWarning = 'contentWarning' in account ? account.contentWarning : undefined;
  const replySettings = 'replySettings' in account ? account.replySettings : undefined;
  return {
    language,
    ...(visibility && { visibility }),
    ...(contentWarning && { contentWarning }),
    ...(replySettings && { replySettings }),
  };
}
