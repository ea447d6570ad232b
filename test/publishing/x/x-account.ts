import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Account } from '../../../src/publishing/account.ts';
import type { OutgoingPost, SentPost } from '../../../src/publishing/network.ts';
import { openStore } from '../../../src/store/store.ts';

type Use = Parameters<Account['usage']['spent']>[0];
type Limited = Parameters<Account['usage']['limited']>[0];

const PKCE = { clientId: 'CLIENT', clientSecret: 'CLIENT_SECRET', token: 'TOKEN', refreshToken: 'REFRESH' };
const KEYS = { appKey: 'APP_KEY', appSecret: 'APP_SECRET', accessToken: 'ACCESS_TOKEN', accessSecret: 'ACCESS_SECRET' };

/** Every credential is a text that must turn up nowhere else. */
export const SECRETS: Readonly<Record<string, string>> = {
  CLIENT: 'client-of-ada',
  CLIENT_SECRET: 'planted-client-secret',
  TOKEN: 'access-0',
  REFRESH: 'refresh-0',
  APP_KEY: 'planted-app-key',
  APP_SECRET: 'planted-app-secret',
  ACCESS_TOKEN: '1000-planted-access-token',
  ACCESS_SECRET: 'planted-access-secret',
};

export function xAccount(
  server: string,
  { auth = 'keys', now = () => new Date() }: { auth?: 'keys' | 'pkce'; now?: () => Date } = {},
) {
  const kept = new Map(Object.entries(SECRETS));
  const spent: Use[] = [];
  const limited: Limited[] = [];
  const account: Account<'x'> = {
    store: openStore(':memory:'),
    persona: {
      name: 'ada',
      folder: path.join(mkdtempSync(path.join(tmpdir(), 'x-')), 'personas', 'ada'),
      language: 'en',
      allow: { mentions: [], links: [], hashtags: [] },
    },
    settings: { network: 'x', server, budget: {}, ...(auth === 'keys' ? KEYS : PKCE) },
    secrets: { get: (name) => kept.get(name)!, set: (name, value) => void kept.set(name, value) },
    usage: { spent: async (use) => void spent.push(use), limited: async (limit) => void limited.push(limit) },
    now,
  };
  return { account, kept, spent, limited };
}

export function outgoing(text: string, more: Partial<OutgoingPost> = {}): OutgoingPost {
  return { text, key: 'key', inReplyTo: null, options: {}, ...more };
}

export function sent(post: OutgoingPost, more: Partial<SentPost> = {}): SentPost {
  return { ...post, startedAt: new Date().toISOString(), cursor: null, attempts: 1, ...more };
}
