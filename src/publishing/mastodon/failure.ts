/**
 * What it means when a request to a Mastodon server brings no good answer: above all, whether a post may be there all the
 * same. Mastodon's own refusals are JSON with an `error`; whatever else comes may be a proxy's, after the server did its work.
 */
import { MastoHttpError, MastoTimeoutError } from 'masto';
import { WorldError } from '../../errors.ts';
import { printable } from '../../review/printable.ts';
import { answeredAt } from '../answered-at.ts';
import { AccountError, Refusal } from '../network.ts';
import { retryAfter } from '../retry-after.ts';

export interface Asked {
  /** The server's address. */
  readonly server: string;
  /** What was asked about. A 403 about the account is for its owner; about one post, it is that post's. */
  readonly about: 'account' | 'post';
  /** Never repeated, even where the server does. */
  readonly token: string;
}

/** A `Refusal` where the server certainly did nothing, else a `WorldError`. What is no failure of a request is given back. */
export function failureOf(error: unknown, asked: Asked): unknown {
  const host = new URL(asked.server).host;
  if (error instanceof WorldError) return error;
  if (error instanceof MastoHttpError) return refusalOf(error, host, asked);
  if (error instanceof MastoTimeoutError) return unclear(`${host} does not answer`, error);
  if (error instanceof TypeError && error.message === 'fetch failed') return connectionFailure(error, host);
  // masto fails so on pages, on answers that are cut off and on those without a type. Its message quotes the whole answer.
  if (error instanceof Error)
    return new StrangeAnswer(`${host} gave an answer that is none of Mastodon's`, asked.server);
  return error;
}

/** Not as Mastodon answers: of a server of another kind, or of something before the server. */
export class StrangeAnswer extends WorldError {
  constructor(message: string, server: string) {
    const hint = `Look at ${server}/about in a browser: the address may be of something else, or the server out of order`;
    super(message, { retryable: true, hint });
  }
}

/** An answer that says of itself that all is well, and is not what was asked for. */
export function strangeAnswer(server: string, expected: string): StrangeAnswer {
  return new StrangeAnswer(`${new URL(server).host} answered without ${expected}`, server);
}

/** Whether what was asked about is not there. */
export function isMissing(error: unknown): boolean {
  return statusOf(error) === 404 || statusOf(error) === 410;
}

export function statusOf(error: unknown): number | undefined {
  const answer = error instanceof WorldError ? error.cause : error;
  return answer instanceof MastoHttpError ? answer.statusCode : undefined;
}

/** The headers of an answer that masto made an error of. */
export function headersOf(error: unknown): Headers | undefined {
  return error instanceof MastoHttpError && error.cause instanceof Response ? error.cause.headers : undefined;
}

function refusalOf(error: MastoHttpError, host: string, { about, token }: Asked): WorldError {
  const { statusCode: status } = error;
  const message = typeof error.message === 'string' ? error.message : '';
  const said = printable(token === '' ? message : message.replaceAll(token, '…'), { oneLine: true })
    .slice(0, 200)
    .trim();
  const because = said === '' ? `(${status})` : `(${status} ${said})`;
  // Without the answer, which may hold anything.
  const cause = new MastoHttpError({ statusCode: status, message: said });
  const wait = waitOf(headersOf(error));
  if (status === 429) {
    // Without Mastodon's own headers it may be of a proxy, which may have asked the server before.
    const isOfMastodon = headersOf(error)?.has('x-ratelimit-reset') ?? false;
    const line = `${host} takes no more for now ${because}`;
    const options = { retryable: true, cause, ...wait };
    return isOfMastodon ? new Refusal(line, options) : new WorldError(line, options);
  }
  if (status < 400 || status >= 500 || status === 408 || status === 409 || said === '') {
    return new WorldError(`${host} is out of order ${because}`, { retryable: true, cause, ...wait });
  }
  if (status === 401) return new AccountError(`${host} no longer takes the token ${because}`, { cause });
  if (status === 403 && about === 'account') {
    return new AccountError(`${host} does not let the account do this ${because}`, { cause });
  }
  return new Refusal(`${host} refuses ${because}`, { retryable: false, cause });
}

/** Nothing was sent when no connection came to be; a connection that broke tells nothing. */
function connectionFailure(error: TypeError, host: string): WorldError {
  const { cause } = error;
  const code = codeOf(cause);
  if (code === undefined && cause instanceof Error && /redirect/.test(cause.message)) {
    return unclear(`${host} sends its visitors to another address, which the persona must name itself`, error);
  }
  const options = { retryable: true, cause: error };
  return wasNeverConnected(cause)
    ? new Refusal(`${host} cannot be reached (${code})`, options)
    : new WorldError(`The connection to ${host} broke (${code ?? 'for no reason given'})`, options);
}

const NO_CONNECTION = /^(ENOTFOUND|EAI_\w+|ECONNREFUSED|UND_ERR_CONNECT_TIMEOUT)$/;
/** A certificate is looked at before anything is sent. */
const CERTIFICATE = /CERT|^UNABLE_TO_|SIGNATURE_FAILURE$/;

/** By what `fetch` gives as its cause: nobody was there, so that nothing was sent. */
export function wasNeverConnected(cause: unknown): boolean {
  if (cause instanceof AggregateError) return cause.errors.length > 0 && cause.errors.every(wasNeverConnected);
  if (!(cause instanceof Error)) return false;
  const syscall = 'syscall' in cause ? cause.syscall : undefined;
  const code = codeOf(cause) ?? '';
  return syscall === 'connect' || syscall === 'getaddrinfo' || NO_CONNECTION.test(code) || CERTIFICATE.test(code);
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

function unclear(message: string, cause?: unknown): WorldError {
  return new WorldError(message, { retryable: true, cause });
}

const LONGEST_WAIT_MS = 24 * 3_600_000;

/** How long the server asks to wait: `Retry-After` in seconds or as a date, or Mastodon's reset, by the server's own clock. */
function waitOf(headers: Headers | undefined): { readonly retryAfterMs?: number } {
  const ms = retryAfter(headers?.get('retry-after'), headers?.get('date'), new Date()) ?? resetOf(headers)?.inMs;
  return ms !== undefined && Number.isFinite(ms) ? { retryAfterMs: Math.min(Math.max(ms, 1000), LONGEST_WAIT_MS) } : {};
}

/** The limit that the answer came nearest to; undefined where its headers tell of none. */
export function resetOf(
  headers: Headers | undefined,
): { readonly remaining: number; readonly inMs: number } | undefined {
  const reset = headers?.get('x-ratelimit-reset');
  const remaining = headers?.get('x-ratelimit-remaining') ?? '';
  if (!reset) return undefined;
  const inMs = untilReset(headers!, reset);
  if (!Number.isFinite(inMs) || !/^\d+$/.test(remaining)) return undefined;
  return { remaining: Number(remaining), inMs: Math.max(0, inMs) };
}

/** Milliseconds from the answer to a moment that the server names. */
function untilReset(headers: Headers, moment: string): number {
  return Date.parse(moment) - answeredAt(headers.get('date'), new Date());
}
