import type { Account } from '../../../src/publishing/account.ts';
import { blueskyNetwork } from '../../../src/publishing/bluesky/bluesky.ts';
import type { Network, OutgoingPost, SentPost } from '../../../src/publishing/network.ts';
import { type BlueskyServer, HANDLE, PASSWORD } from '../servers/bluesky-server.ts';

export interface BlueskyAccount {
  readonly network: Network;
  /** What the network told of its use and limits. */
  readonly told: object[];
}

export interface AccountOptions {
  readonly password?: string;
  readonly now?: () => Date;
  readonly allow?: Partial<Account['persona']['allow']>;
  readonly timeoutMs?: number;
}

export function blueskyAccount(server: BlueskyServer, options: AccountOptions = {}): BlueskyAccount {
  const { password = PASSWORD, now = () => new Date(), allow, timeoutMs } = options;
  const told: object[] = [];
  const account: Account<'bluesky'> = {
    store: undefined as never, // a network of the web keeps nothing in it
    persona: {
      name: 'ada',
      folder: '',
      language: 'en',
      allow: { mentions: [], links: [], hashtags: [], ...allow },
    },
    settings: { network: 'bluesky', server: server.url, handle: HANDLE, password: 'ADA_PASSWORD', budget: {} },
    secrets: { get: () => password, set: () => {} },
    usage: {
      spent: async (use) => void told.push(use),
      limited: async (limit) => void told.push(limit),
    },
    now,
  };
  return { network: blueskyNetwork(account, timeoutMs === undefined ? {} : { timeoutMs }), told };
}

export function post(text: string, more: Partial<OutgoingPost> = {}): OutgoingPost {
  return { text, key: `key of ${text}`, inReplyTo: null, options: {}, ...more };
}

export function sent(outgoing: OutgoingPost, more: Partial<SentPost> = {}): SentPost {
  return { ...outgoing, startedAt: '2026-11-23T12:00:00.000Z', cursor: null, attempts: 1, ...more };
}
