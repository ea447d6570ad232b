/** One request to X: with its deadline, by the newest token, its limits and costs told, its failures named. */
import { Agent } from 'node:https';
import net from 'node:net';
import type { ApiResponseError, ITwitterApiClientPlugin, TwitterApi, TwitterRateLimit } from 'twitter-api-v2';
import { UserError, WorldError } from '../../errors.ts';
import type { Account } from '../account.ts';
import { Refusal } from '../network.ts';
import { failureOf, nearestLimit, TokenError } from './failure.ts';
import { type Call, costOf } from './prices.ts';
import { tokensOf } from './tokens.ts';

export interface XApi {
  /**
   * `spent` says what of the answer counts; undefined: of one that was lost. One that X did not carry out for its token is asked again by a new one.
   * @throws Refusal when X certainly did not carry it out, another WorldError when it may have.
   */
  ask<T>(request: (client: TwitterApi) => Promise<T>, spent: (answer: T | undefined) => Call): Promise<T>;
  readonly userId: string | undefined;
}

const DEADLINE_MS = 30_000;

export function xApi(account: Account<'x'>, { deadlineMs = DEADLINE_MS }: { readonly deadlineMs?: number } = {}): XApi {
  const tokens = tokensOf(account);
  const httpAgent = agentFor(account.settings.server);

  async function once<T>(
    request: (client: TwitterApi) => Promise<T>,
    spent: (answer: T | undefined) => Call,
  ): Promise<T> {
    let told: { readonly rateLimit: TwitterRateLimit; readonly headers: ApiResponseError['headers'] } | undefined;
    let kind = 'read' as 'post' | 'read';
    let endpoint = '';
    const plugin: ITwitterApiClientPlugin = {
      onBeforeRequest({ requestOptions, computedParams }) {
        kind = computedParams.method === 'POST' ? 'post' : 'read';
        endpoint = endpointOf(computedParams.method, computedParams.url);
        // `timeout` is of silence alone: an answer that drips would never end.
        requestOptions.signal = AbortSignal.timeout(deadlineMs);
      },
      onAfterRequest({ response }) {
        if (response.rateLimit) told = { rateLimit: response.rateLimit, headers: response.headers };
      },
      onResponseError({ error }) {
        if (error.rateLimit) told = { rateLimit: error.rateLimit, headers: error.headers };
      },
    };
    try {
      const answer = await request(tokens.client({ plugins: [plugin], httpAgent, compression: 'identity' }));
      await tellSpent(spent(answer));
      return answer;
    } catch (error) {
      const failure = failureOf(error, { now: account.now(), secrets: tokens.secrets() });
      // What may have been carried out may be charged: a budget is rather thought too small.
      if (kind === 'post' && failure instanceof WorldError && !(failure instanceof Refusal))
        await tellSpent(spent(undefined));
      throw failure;
    } finally {
      const limit = told && nearestLimit(told.rateLimit, told.headers, account.now());
      if (limit) await account.usage.limited({ kind, endpoint, ...limit });
    }
  }

  async function tellSpent(call: Call): Promise<void> {
    if (call.kind === 'unpriced') return;
    const kind = call.kind === 'post' ? 'post' : 'read';
    const count = 'count' in call ? call.count : 1;
    if (count > 0) await account.usage.spent({ kind, count, dollars: costOf(call) });
  }

  return {
    userId: tokens.userId,
    async ask(request, spent) {
      const [before] = tokens.secrets();
      try {
        return await once(request, spent);
      } catch (error) {
        if (!(error instanceof TokenError)) throw error;
        const settings = { plugins: [deadline(deadlineMs)], httpAgent, compression: 'identity' as const };
        if (!(await tokens.renew(settings, before ?? ''))) throw error;
        return once(request, spent);
      }
    },
  };
}

/** `https://api.x.com/2/users/12/mentions` → `GET /2/users/:id/mentions`: X counts each for itself. */
const endpointOf = (method: string, { pathname }: URL) =>
  `${method} ${pathname.replaceAll(/(?<!^)\/\d+(?=\/|$)/g, '/:id')}`;

const deadline = (ms: number): ITwitterApiClientPlugin => ({
  onBeforeRequest({ requestOptions }) {
    requestOptions.signal = AbortSignal.timeout(ms);
  },
});

/** X answered that all is well, and not what was asked for. */
export function strangeAnswer(expected: string): WorldError {
  return new WorldError(`X answered without ${expected}`, { retryable: true });
}

/**
 * A connection for each request: one that X closed while it lay idle would leave the next post's fate unknown. X's address
 * is fixed in the client, so that a server on this machine is put in its place where the connection is made.
 */
export function agentFor(server: string | undefined): Agent {
  const agent = new Agent({ keepAlive: false });
  if (server === undefined) return agent;
  const { protocol, hostname, port } = new URL(server);
  if (protocol !== 'http:') {
    throw new UserError(
      `account.server: expected a server on this machine, such as http://127.0.0.1:8080, found ${server}`,
      {
        hint: 'Leave it out: X has one address',
      },
    );
  }
  const host = hostname.replace(/^\[|\]$/g, '');
  agent.createConnection = () => net.connect({ host, port: Number(port || 80) });
  return agent;
}
