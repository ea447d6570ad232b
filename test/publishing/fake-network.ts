import { WorldError } from '../../src/errors.ts';
import { type Network, Refusal } from '../../src/publishing/network.ts';

export const MOODS = ['takes it', 'refuses', 'is busy', 'loses the request', 'loses the answer', 'is gone'] as const;
export type Mood = (typeof MOODS)[number];

/** A network with every way to go wrong: `posts` is what its readers would see, by key. */
export function fakeNetwork() {
  const posts = new Map<string, string>();
  const sent: string[] = [];
  const state: { mood: Mood } = { mood: 'takes it' };
  const url = (key: string) => ({ url: `https://example.social/${key}` });
  const network: Network = {
    name: 'fake',
    async publish({ key, text }) {
      sent.push(text);
      if (state.mood === 'refuses') throw new Refusal('422 too rude', { retryable: false });
      if (state.mood === 'is busy') throw new Refusal('429 later', { retryable: true, retryAfterMs: 1000 });
      if (state.mood === 'loses the request' || state.mood === 'is gone') throw lost('sending');
      posts.set(key, posts.get(key) ?? text);
      if (state.mood === 'loses the answer') throw lost('reading the answer');
      return url(key);
    },
    async find({ key }) {
      if (state.mood === 'is gone') throw lost('looking');
      return posts.has(key) ? url(key) : null;
    },
  };
  return { network, posts, sent, state };
}

const lost = (doing: string) => new WorldError(`connection reset while ${doing}`, { retryable: true });
