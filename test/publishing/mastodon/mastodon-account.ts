import { tmpdir } from 'node:os';
import type { Account } from '../../../src/publishing/account.ts';
import { mastodonNetwork } from '../../../src/publishing/mastodon/mastodon.ts';
import type { Network, OutgoingPost, SentPost } from '../../../src/publishing/network.ts';
import type { Store } from '../../../src/store/store.ts';
import type { MastodonServer } from '../servers/mastodon-server.ts';

type Use = Parameters<Account['usage']['spent']>[0];
type Limited = Parameters<Account['usage']['limited']>[0];

export interface Told {
  readonly spent: Use[];
  readonly limited: Limited[];
}

/** The real client against a server; less patient where the server is to be silent. */
export function networkOn(
  { url, token, settings }: Pick<MastodonServer, 'url' | 'token' | 'settings'>,
  told: Told = { spent: [], limited: [] },
  patienceMs = 20_000,
  store = {} as Store, // what it keeps, it keeps on the server; but where the streams are
): Network {
  const account = {
    store,
    persona: { name: 'ada', folder: tmpdir(), language: 'en', allow: { mentions: [], links: [], hashtags: [] } },
    settings: {
      network: 'mastodon' as const,
      server: url,
      token: 'ADA_TOKEN',
      replyVisibility: 'unlisted' as const,
      budget: {},
    },
    secrets: { get: () => token, set: () => {} },
    usage: {
      spent: async (use: Use) => void told.spent.push(use),
      limited: async (limit: Limited) => void told.limited.push(limit),
    },
    now: () => new Date(settings.now()),
  };
  return mastodonNetwork(account as unknown as Account<'mastodon'>, { requestMs: patienceMs, uploadMs: patienceMs });
}

export function outgoing(text: string, more: Partial<OutgoingPost> = {}): OutgoingPost {
  return { text, key: 'key-1', inReplyTo: null, options: {}, ...more };
}

export function sent(post: OutgoingPost, at: number, more: Partial<SentPost> = {}): SentPost {
  return { ...post, startedAt: new Date(at).toISOString(), cursor: null, attempts: 1, missedAt: null, ...more };
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(items);
}
