/** What an error of X's client says about the request: whether X certainly did not carry it out, and what to do about it. */
import {
  ApiPartialResponseError,
  ApiRequestError,
  ApiResponseError,
  type TwitterApiErrorData,
  type TwitterRateLimit,
} from 'twitter-api-v2';
import { WorldError } from '../../errors.ts';
import { printable } from '../../review/printable.ts';
import { answeredAt } from '../answered-at.ts';
import { AccountError, DuplicateError, Refusal } from '../network.ts';
import { retryAfter } from '../retry-after.ts';

/** The access token has run out or was revoked; the request was not carried out. */
export class TokenError extends AccountError {}

export interface Circumstances {
  readonly now: Date;
  /** Never repeated, even where X does. */
  readonly secrets: readonly string[];
}

/** Nothing of the request left this machine, or nobody was there to take it. */
const UNSENT = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/**
 * A Refusal where X certainly did not carry the request out; a WorldError where it may have; any other error as it is.
 * The client's own error is never kept as the cause: it holds the request, and that holds the token.
 */
export function failureOf(error: unknown, { now, secrets }: Circumstances): unknown {
  if (error instanceof ApiRequestError) return unanswered(error);
  if (error instanceof ApiPartialResponseError) {
    return unknown(`X's answer was cut off (HTTP ${error.response.statusCode})`);
  }
  if (error instanceof ApiResponseError) return answered(error, { now, secrets });
  return error;
}

function unanswered(error: ApiRequestError): WorldError {
  const cause = causeOf(error);
  const code = cause && 'code' in cause ? String(cause.code) : cause?.name === 'TimeoutError' ? 'timeout' : '';
  const said = `X did not answer${code ? ` (${code})` : ''}`;
  if (isUnsent(cause, code)) return new Refusal(said, { retryable: true, cause });
  return unknown(said, { cause });
}

/** `requestError` is always undefined: the client keeps what happened under another name. */
function causeOf(error: ApiRequestError): Error | undefined {
  const options = Reflect.get(error, '_options') as { readonly error?: unknown } | undefined;
  return options?.error instanceof Error ? options.error : undefined;
}

function isUnsent(cause: Error | undefined, code: string): boolean {
  if (cause === undefined) return false;
  if (cause instanceof AggregateError) return true; // no address of the host could be connected to
  if (UNSENT.has(code)) return true;
  if ('syscall' in cause && cause.syscall === 'connect') return true;
  return /before secure TLS connection was established/.test(cause.message);
}

/** Only X's own programs answer in JSON; a page of HTML is from something in between, which knows nothing of the request's fate. */
function answered({ code, data, rateLimit, headers }: ApiResponseError, { now, secrets }: Circumstances): WorldError {
  const said = `X answered ${code}${described(data, secrets)}`;
  const waitMs = retryAfterMs(headers, rateLimit, now);
  if (!isOfX(data) || code >= 500 || code === 408) return unknown(said, { retryAfterMs: waitMs });
  if (code === 401) return new TokenError(said);
  if (code === 402 || isUsedUp(data)) return new AccountError(said);
  if (code === 420 || code === 429) {
    return new Refusal(said, { retryable: true, retryAfterMs: waitMs ?? WINDOW_MS });
  }
  if (code === 403 && isDuplicate(data)) return new DuplicateError(said, { retryable: false });
  if (code === 403 && isAboutAccount(data)) return new AccountError(said);
  return new Refusal(said, { retryable: false });
}

function unknown(message: string, options: { cause?: unknown; retryAfterMs?: number | undefined } = {}): WorldError {
  const { cause, retryAfterMs } = options;
  return new WorldError(message, { retryable: true, cause, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

const isOfX = (data: unknown): data is TwitterApiErrorData =>
  typeof data === 'object' && data !== null && ['title', 'detail', 'errors', 'error'].some((key) => key in data);

const DUPLICATED = 187; // of API 1.1's numbers
const SUSPENDED = [64, 326];

const isDuplicate = (data: TwitterApiErrorData) =>
  /duplicate content/i.test(data.detail ?? '') || codesOf(data).includes(DUPLICATED);

const isAboutAccount = (data: TwitterApiErrorData) =>
  /client-forbidden|oauth1-permissions|unsupported-authentication/.test(data.type ?? '') ||
  /suspended|temporarily locked|required scope|oauth1 app permissions/i.test(data.detail ?? '') ||
  codesOf(data).some((code) => SUSPENDED.includes(code));

const isUsedUp = (data: TwitterApiErrorData) => /usage-capped|problems\/credits/.test(data.type ?? '');

function codesOf(data: TwitterApiErrorData): readonly number[] {
  const errors: readonly object[] = data.errors ?? [];
  return errors.flatMap((error) => ('code' in error && typeof error.code === 'number' ? [error.code] : []));
}

const MOST_SAID = 200; // characters

/** X's own words, as one line for people: they are never trusted. */
function described(data: unknown, secrets: readonly string[]): string {
  if (!isOfX(data)) return ', not in JSON';
  const [first] = data.errors ?? [];
  const words = data.detail ?? (first && 'message' in first ? first.message : undefined) ?? data.title ?? data.error;
  if (typeof words !== 'string') return '';
  const harmless = secrets.reduce((said, secret) => said.replaceAll(secret, '…'), words);
  return `: ${printable(harmless, { oneLine: true }).slice(0, MOST_SAID)}`;
}

/** X's limits are of 15 minutes each, where it does not say otherwise. */
const WINDOW_MS = 15 * 60_000;

function retryAfterMs(
  headers: ApiResponseError['headers'],
  rateLimit: TwitterRateLimit | undefined,
  now: Date,
): number | undefined {
  const asked = retryAfter(headers['retry-after'], headers.date, now);
  if (asked !== undefined) return asked;
  const nearest = nearestLimit(rateLimit, headers, now);
  if (nearest === undefined || nearest.remaining > 0) return undefined;
  return Math.max(0, nearest.resetAt.getTime() - now.getTime());
}

export interface Limit {
  readonly remaining: number;
  readonly resetAt: Date;
}

/** Of the limits of 15 minutes, of the app's day and of the account's day, the one that has the least left; by our clock. */
export function nearestLimit(
  rateLimit: TwitterRateLimit | undefined,
  headers: ApiResponseError['headers'],
  now: Date,
): Limit | undefined {
  if (rateLimit === undefined) return undefined;
  const aheadMs = answeredAt(headers.date, now) - now.getTime();
  return [rateLimit, rateLimit.day, rateLimit.userDay]
    .filter((limit) => limit !== undefined)
    .filter(({ remaining, reset }) => Number.isFinite(remaining) && Number.isFinite(reset))
    .map(({ remaining, reset }) => ({ remaining, resetAt: new Date(reset * 1000 - aheadMs) }))
    .toSorted((a, b) => a.remaining - b.remaining || b.resetAt.getTime() - a.resetAt.getTime())[0];
}
