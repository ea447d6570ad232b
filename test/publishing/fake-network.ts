import { WorldError } from '../../src/errors.ts';
import { type Network, Refusal } from '../../src/publishing/network.ts';

export const MOODS = ['takes it', 'refuses', 'is busy', 'loses the request', 'loses the answer', 'is gone'] as const;
export type Mood = (typeof MOODS)[number];

/** A network with every way to go wrong: `posts` is what its readers would see, by key. */
export function fakeNetwork() {
  const posts = new Map<string, string>();
  const sent: string[] = [];
  /** What each post replies to, by key. */
  const parents = new Map<string, string | null>();
  const state: { mood: Mood } = { mood: 'takes it' };
  const url = (key: string) => ({ id: key, url: `https://example.social/${key}` });
  const network: Network = {
    name: 'fake',
    identity: async () => 'fake:ada',
    length: { max: 500, count: (text) => text.length },
    verify: async () => ({
      id: '1',
      name: '@ada',
      url: '',
      isBot: true,
      discloses: true,
      scopes: [],
      limits: [],
      rules: [],
    }),
    newestOwnId: async () => [...posts.keys()].at(-1) ?? null,
    async publish({ key, text, inReplyTo }) {
      sent.push(text);
      if (state.mood === 'refuses') throw new Refusal('422 too rude', { retryable: false });
      if (state.mood === 'is busy') throw new Refusal('429 later', { retryable: true, retryAfterMs: 1000 });
      if (state.mood === 'loses the request' || state.mood === 'is gone') throw lost('sending');
      posts.set(key, posts.get(key) ?? text);
      parents.set(key, inReplyTo);
      if (state.mood === 'loses the answer') throw lost('reading the answer');
      return url(key);
    },
    async find({ key }) {
      if (state.mood === 'is gone') throw lost('looking');
      return posts.has(key) ? { kind: 'there', ...url(key) } : { kind: 'absent' };
    },
    async *mentions() {},
    thread: async () => [],
    outcome: async () => ({ likes: 0, boosts: 0, replies: 0 }),
    remove: async (id) => void posts.delete(id),
  };
  return { network, posts, parents, sent, state };
}

const lost = (doing: string) => new WorldError(`connection reset while ${doing}`, { retryable: true });
