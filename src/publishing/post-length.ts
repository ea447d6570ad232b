/** How long a post of a persona may be, by its network's own counting, without asking the network. */
import type { Persona } from '../persona/persona.ts';
import type { AccountSettings } from '../persona/settings.ts';
import type { Store } from '../store/store.ts';
import type { Network } from './network.ts';
import { type PostLength, splitThread, type ThreadLimits } from './split-thread.ts';

/** What servers take that do not say. */
const USUAL = { max_characters: 500, characters_per_link: 23 } as const;

/** Each network's counting is loaded when a persona posts there. */
export async function postLength(store: Store, account: AccountSettings): Promise<PostLength> {
  switch (account.network) {
    case 'local':
      return { max: Number.POSITIVE_INFINITY, count: (text) => [...text].length };
    case 'mastodon': {
      const { countCharacters } = await import('./mastodon/count-characters.ts');
      const { max_characters, characters_per_link } = (await knownInstance(store, account.server)) ?? USUAL;
      return {
        max: max_characters,
        count: (text) => countCharacters(text, characters_per_link, account.contentWarning),
      };
    }
    case 'x': {
      const { countWeights, MOST_WEIGHT } = await import('./x/count-weights.ts');
      return { max: MOST_WEIGHT, count: countWeights };
    }
    case 'bluesky': {
      const { GRAPHEMES_MAX, lengthOf } = await import('./bluesky/post-record.ts');
      return { max: GRAPHEMES_MAX, count: lengthOf };
    }
  }
}

export async function threadLimits(
  store: Store,
  { account, language }: Pick<Persona, 'account' | 'language'>,
): Promise<ThreadLimits> {
  return { ...(await postLength(store, account)), most: mostParts(account), language };
}

/** A thread of more is a flood. */
const MOST_PARTS = 25;

function mostParts(account: AccountSettings): number {
  const threads = account.network === 'local' ? undefined : account.threads;
  if (threads === undefined || threads === false) return 1;
  return threads === true ? MOST_PARTS : threads;
}

/** What is wrong with the length of a text on the persona's network, if anything. */
export async function lengthComplaint(
  store: Store,
  persona: Pick<Persona, 'account' | 'language'>,
): Promise<(text: string) => string | undefined> {
  const limits = await threadLimits(store, persona);
  const { max, count, most } = limits;
  return (text) => {
    if (count(text) <= max || splitThread(text, limits) !== null) return undefined;
    const found = `${count(text)} characters as ${persona.account.network} counts, at most ${max} are a post`;
    return most === 1 ? found : `${found}, and ${most} posts are not enough`;
  };
}

const DAY = 86_400_000;

/** Whether what its server takes is not known, or was told longer ago than a day. */
export async function asksForLength(store: Store, account: AccountSettings, now: Date): Promise<boolean> {
  if (account.network !== 'mastodon') return false;
  const known = await knownInstance(store, account.server);
  return known === undefined || Date.parse(known.told_at) + DAY < now.getTime();
}

/** Keeps what `verify` has learned of the server. */
export async function keepLength(store: Store, account: AccountSettings, network: Network, now: Date): Promise<void> {
  const { max, charactersPerLink } = network.length;
  if (account.network !== 'mastodon' || charactersPerLink === undefined) return;
  const told = { max_characters: max, characters_per_link: charactersPerLink, told_at: now.toISOString() };
  await store.db
    .insertInto('instances')
    .values({ server: account.server, ...told })
    .onConflict((conflict) => conflict.column('server').doUpdateSet(told))
    .execute();
}

function knownInstance({ db }: Store, server: string) {
  return db.selectFrom('instances').selectAll().where('server', '=', server).executeTakeFirst();
}
