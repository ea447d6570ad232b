/** What an error says about a call that was made: certainly without effect (Refusal), or nobody knows. */
import { ClientResponseError, parseRateLimitHeaders } from '@atcute/client';
import { WorldError } from '../../errors.ts';
import { answeredAt } from '../answered-at.ts';
import { AccountError, Refusal } from '../network.ts';
import { retryAfter } from '../retry-after.ts';

/** The account itself is no longer let in, whatever it asks for. */
const SHUT_OUT = new Set([
  'AccountDeactivated',
  'AccountSuspended',
  'AccountTakedown',
  'AuthFactorTokenRequired',
  'AuthenticationRequired',
  'AuthMissing',
  'ExpiredToken',
  'InvalidToken',
  'RepoDeactivated',
  'RepoSuspended',
  'RepoTakendown',
]);

/** No request was sent: nobody was reached, or the reached one did not prove who it is. */
const NEVER_SENT = new Set([
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** What the client says where the answer was not one of XRPC: a proxy's page, an empty body. */
const NOT_XRPC = 'UnknownXRPCError';

const LIMIT_WAIT_MS = 60_000; // where a server does not say how long

export function asWorldError(error: unknown, now: Date): WorldError {
  if (error instanceof WorldError) return error;
  if (error instanceof ClientResponseError) return answered(error, now);
  const code = causeCode(error);
  if (code !== undefined && NEVER_SENT.has(code)) {
    return new Refusal(`Bluesky: the server could not be reached (${code})`, { retryable: true, cause: error });
  }
  const reason = code ?? reasonOf(error);
  return new WorldError(`Bluesky: ${reason}`, {
    retryable: true,
    cause: error,
    ...(reason === STRANGE && { hint: ELSEWHERE }),
  });
}

const STRANGE = 'an answer that is none of a server of Bluesky';
const ELSEWHERE =
  'Look at account.server in persona.yaml: the address may be of something else, or the server out of order';

/** The client fails in ways of its own on pages and on JSON that is not of XRPC. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  if (error.name === 'TimeoutError') return 'no answer in time';
  return /fetch failed|terminated/.test(error.message) ? 'no answer' : STRANGE;
}

/** Whether the answer is the server's own, and it did nothing. After a 5xx it may have: a second post under one key is answered by one. */
export function isCertain({ status, error }: Pick<ClientResponseError, 'status' | 'error'>): boolean {
  return status >= 400 && status < 500 && status !== 408 && error !== NOT_XRPC;
}

export function waitOf(headers: Headers, now: Date): number | undefined {
  const asked = retryAfter(headers.get('retry-after'), headers.get('date'), now);
  if (asked !== undefined) return asked;
  const reset = parseRateLimitHeaders(headers)?.reset.getTime();
  return reset === undefined || Number.isNaN(reset)
    ? undefined
    : Math.max(0, reset - answeredAt(headers.get('date'), now));
}

function answered(error: ClientResponseError, now: Date): WorldError {
  const { status, headers, error: code, description } = error;
  const message = `Bluesky: ${status} ${code === NOT_XRPC ? 'without an answer by the server' : inOneLine(`${code}: ${description ?? ''}`)}`;
  if (status === 429) {
    const retryAfterMs = waitOf(headers, now) ?? LIMIT_WAIT_MS;
    const Kind = isCertain(error) ? Refusal : WorldError;
    return new Kind(message, { retryable: true, retryAfterMs, cause: error });
  }
  if (!isCertain(error)) return new WorldError(message, { retryable: true, cause: error });
  if (SHUT_OUT.has(code) || status === 401) return new AccountError(message, { cause: error });
  return new Refusal(message, { retryable: false, cause: error });
}

function causeCode(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return undefined;
}

/** Words of a server are not trusted with a terminal. */
function inOneLine(text: string): string {
  return text
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
    .slice(0, 300);
}
