/**
 * A bell that rings when someone may have mentioned the account. What was said is then read by catching up: a stream repeats
 * nothing, and what it sent while it was down is lost.
 */
import { createParser } from 'eventsource-parser';
import { WorldError } from '../../errors.ts';
import { AccountError, type RingOptions, Unreached } from '../network.ts';
import { retryAfter } from '../retry-after.ts';
import { wasNeverConnected } from './failure.ts';

export interface StreamOptions {
  /** Asked each time that it connects: as an instance names it, `wss://streaming.example.social`; or the server's own address. */
  readonly address: () => string | Promise<string>;
  readonly token: string;
  readonly signal: AbortSignal;
  /** Rejects when the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  readonly random: () => number;
  /** Told once each time that the stream is lost. */
  readonly onLost?: RingOptions['onLost'];
  readonly silenceMs?: number;
}

/** `connected`: from here on nothing is missed, what came before is to be caught up with. */
export type Ring = 'connected' | 'mention';

/** A server says `:thump` every 15 seconds; a connection without a word for three of them is dead. */
const SILENCE_MS = 45_000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 5 * 60_000;

/**
 * Rings until the signal is aborted, and connects again whenever the stream is lost, later each time that it fails. What is
 * lost because nobody was reached is an `Unreached`.
 * @throws AccountError when the token is no good; a `WorldError` that is not retryable when the server has no streams.
 */
export async function* notificationStream(options: StreamOptions): AsyncGenerator<Ring> {
  const { signal, wait, random, onLost } = options;
  let failures = 0;
  while (!signal.aborted) {
    try {
      for await (const ring of listenOnce(options)) {
        if (ring === 'mention') failures = 0; // one that is accepted and dropped at once is a failure too
        yield ring;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof WorldError) || !error.retryable) throw error;
      const pause = Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS) * (0.5 + random());
      const retryAfterMs = Math.max(pause, error.retryAfterMs ?? 0);
      failures++;
      await onLost?.(error, retryAfterMs);
      await wait(retryAfterMs, signal).catch(() => {});
    }
  }
}

async function* listenOnce({ address, token, signal, silenceMs = SILENCE_MS }: StreamOptions): AsyncGenerator<Ring> {
  const url = streamUrl(await address());
  const silence = new AbortController();
  const watchdog = setTimeout(() => silence.abort(), silenceMs);
  const lost = (why: string, cause?: unknown) =>
    new WorldError(`The stream of ${url.host} ${why}`, { retryable: true, cause });
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
      redirect: 'error',
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (!response.ok || !response.body) throw await refused(response, url.host);
    if (!/^text\/event-stream\b/.test(response.headers.get('content-type') ?? '')) {
      await response.body.cancel();
      throw lost('is none');
    }
    const rings: Ring[] = ['connected'];
    const parser = createParser({
      onEvent: ({ event, data }) =>
        void (isMention(event, data) && !rings.includes('mention') && rings.push('mention')),
      maxBufferSize: 4 << 20,
    });
    const decoder = new TextDecoder();
    yield* rings.splice(0);
    for await (const bytes of response.body) {
      watchdog.refresh();
      parser.feed(decoder.decode(bytes, { stream: true }));
      yield* rings.splice(0);
    }
    throw lost('ended');
  } catch (cause) {
    if (cause instanceof WorldError) throw cause;
    if (cause instanceof TypeError && wasNeverConnected(cause.cause)) {
      throw new Unreached(`The stream of ${url.host} cannot be reached`, url.host, { cause });
    }
    if (silence.signal.aborted) throw lost('fell silent', cause);
    throw lost('broke', cause);
  } finally {
    clearTimeout(watchdog);
    silence.abort(); // whoever stops listening closes the connection
  }
}

/** @throws WorldError when a token would go over the net unprotected. */
export function streamUrl(address: string): URL {
  const url = new URL('/api/v1/streaming/user/notification', address.replace(/^ws/, 'http'));
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isHere)) return url;
  throw new WorldError(`The streams of ${url.host} are not encrypted`, { retryable: false });
}

async function refused(response: Response, host: string): Promise<WorldError> {
  await response.body?.cancel();
  const { status, headers } = response;
  const retryAfterMs = retryAfter(headers.get('retry-after'), headers.get('date'), new Date());
  if (status === 401) return new AccountError(`${host} no longer takes the token (401)`);
  if (status === 403) return new AccountError(`${host} does not let the account listen to its notifications (403)`);
  const isPassing = status === 408 || status === 429 || status >= 500;
  return new WorldError(`${host} has no stream of notifications now (${status})`, {
    retryable: isPassing,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** What cannot be read may be one: looking costs one request. */
function isMention(event: string | undefined, data: string): boolean {
  if (event === 'notifications_merged') return true;
  if (event !== 'notification') return false;
  const type = /"type"\s*:\s*"(\w+)"/g;
  const types = [...data.matchAll(type)].map(([, found]) => found);
  return types.length === 0 || types.includes('mention');
}
