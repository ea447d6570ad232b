/** Requests to a Mastodon server: each with a time limit, none repeated by itself, each counted, each failure told apart. */
import { createRestAPIClient, type mastodon } from 'masto';
import type { Account } from '../account.ts';
import { type Asked, failureOf, headersOf, resetOf, strangeAnswer } from './failure.ts';

export type Client = mastodon.rest.Client;

/** What masto's `$raw` methods give. */
interface Answer<T> {
  readonly headers: Headers;
  readonly data: T;
}

export interface Server {
  readonly address: string;
  readonly host: string;
  /**
   * Any request but a post.
   * @throws WorldError when there is no good answer; an `AccountError` or `Refusal` where the server certainly did nothing.
   */
  ask<T>(about: Asked['about'], request: (client: Client) => PromiseLike<Answer<T>>): Promise<Answer<T>>;
  /** @throws Refusal when it is certainly not there; any other error when it may be. */
  post<T>(request: (client: Client) => PromiseLike<Answer<T>>): Promise<Answer<T>>;
  /** A picture may take longer to send than a text. */
  upload<T>(request: (client: Client) => PromiseLike<Answer<T>>): Promise<Answer<T>>;
}

export interface Timeouts {
  readonly requestMs: number;
  readonly uploadMs: number;
}

export const TIMEOUTS: Timeouts = { requestMs: 30_000, uploadMs: 120_000 };

export interface ServerOptions {
  readonly address: string;
  readonly token: string;
  readonly account: Pick<Account, 'usage' | 'now'>;
  readonly timeouts?: Timeouts;
}

export function openServer({ address, token, account: { usage, now }, timeouts = TIMEOUTS }: ServerOptions): Server {
  // A redirect would make a GET of a POST, or send it twice.
  const requestInit = { redirect: 'error' } as const;
  const open = (timeout: number) => createRestAPIClient({ url: address, accessToken: token, timeout, requestInit });
  const quick = open(timeouts.requestMs);
  const patient = open(timeouts.uploadMs);

  async function ask<T>(
    client: Client,
    kind: 'post' | 'read',
    about: Asked['about'],
    request: (client: Client) => PromiseLike<Answer<T>>,
  ): Promise<Answer<T>> {
    let headers: Headers | undefined;
    let count = 1;
    try {
      const answer = await request(client);
      headers = answer?.headers;
      if (answer?.data === undefined) throw strangeAnswer(address, 'what it was asked for');
      if (Array.isArray(answer.data)) count = Math.max(1, answer.data.length);
      return answer;
    } catch (error) {
      headers ??= headersOf(error);
      throw failureOf(error, { server: address, about, token });
    } finally {
      await usage.spent({ kind, count });
      const limit = resetOf(headers);
      if (limit) {
        await usage.limited({ kind, remaining: limit.remaining, resetAt: new Date(now().getTime() + limit.inMs) });
      }
    }
  }

  return {
    address,
    host: new URL(address).host,
    ask: (about, request) => ask(quick, 'read', about, request),
    post: (request) => ask(quick, 'post', 'account', request),
    upload: (request) => ask(patient, 'read', 'account', request),
  };
}

/** The elements of a list. Anything else is no empty list: what was not read may be there. */
export function listIn(data: unknown, { address }: Server): readonly unknown[] {
  if (Array.isArray(data)) return data;
  throw strangeAnswer(address, 'a list');
}
