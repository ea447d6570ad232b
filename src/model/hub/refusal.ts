/** What a hub's refusals and a network's failures mean to the owner, in a line. What a server writes is never repeated: it may be anything. */
import { WorldError } from '../../errors.ts';

/** What was asked for. */
export interface Subject {
  readonly repository: string;
  readonly revision: string;
  /** Where it was a file of it. */
  readonly path?: string;
}

export interface Asker {
  /** The hub's address. */
  readonly endpoint: string;
  readonly hasToken: boolean;
}

/** Statuses that may pass by themselves. */
const PASSING = [408, 500, 502, 503, 504];

/** Of an answer that is not 2xx. Codes: huggingface_hub's `hf_raise_for_status`. */
export function refusalOf({ status, headers, url }: Response, subject: Subject, asker: Asker): WorldError {
  const host = hostOf(url);
  const code = headers.get('x-error-code');
  if (status === 429) return limited(headers, host, asker);
  if (PASSING.includes(status)) {
    return new WorldError(`${host} is out of order (${status})`, { retryable: true, ...retryAfter(headers) });
  }
  if (code === null && host !== hostOf(asker.endpoint)) {
    // The hub sends us there with a signature that ends; the next try has a new one.
    return new WorldError(
      `${host}, where the hub keeps ${subject.path ?? subject.repository}, refuses it (${status})`,
      {
        retryable: status === 403,
      },
    );
  }
  return new WorldError(explain(status, code, subject, asker), { retryable: false });
}

function explain(status: number, code: string | null, subject: Subject, { endpoint, hasToken }: Asker): string {
  const { repository, revision, path } = subject;
  const host = hostOf(endpoint);
  const page = `${endpoint}/${repository}`;
  if (code === 'GatedRepo') {
    return hasToken
      ? `${repository} is gated (${status}): ask for access at ${page} with the account that HF_TOKEN is of`
      : `${repository} is gated (${status}): ask for access at ${page}, then set HF_TOKEN in .env`;
  }
  if (status === 401) {
    return hasToken
      ? `${host} refuses HF_TOKEN for ${repository} (401): set a token that is valid, or none if the repository is public`
      : `${repository} is not on ${host}, or not open to everyone (401): check the name, or set HF_TOKEN in .env`;
  }
  if (status === 403) return `HF_TOKEN may not read ${repository} on ${host} (403): set a token of an account that may`;
  if (status !== 404) return `${host} answered ${status} for ${path ?? repository}, which is no answer of a hub`;
  if (code === 'RevisionNotFound') return `${repository} has no revision ${revision} (404): see ${page}/tree/main`;
  if (path !== undefined && code === 'EntryNotFound') {
    return `${repository} has no file ${path} at ${revision} (404), although it is listed`;
  }
  return `${repository} is not on ${host} (404): check the name${hasToken ? '' : ', or set HF_TOKEN if it is private'}`;
}

function limited(headers: Headers, host: string, { hasToken }: Asker): WorldError {
  const hint = hasToken ? '' : '; with an HF_TOKEN more are allowed';
  return new WorldError(`${host} allows no more requests for now (429)${hint}`, {
    retryable: true,
    ...retryAfter(headers),
  });
}

/** In seconds or as a date; or of the hub's own header, https://huggingface.co/docs/hub/rate-limits. */
function retryAfter(headers: Headers): { retryAfterMs?: number } {
  const after = headers.get('retry-after')?.trim();
  const reset = /;\s*r\s*=\s*0\s*;\s*t\s*=\s*(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  const ms =
    after && !/^\d+$/.test(after) ? Math.max(0, Date.parse(after) - Date.now()) : Number(after ?? reset ?? NaN) * 1000;
  return Number.isFinite(ms) ? { retryAfterMs: ms } : {};
}

/** Failures that another try cannot mend soon: no such host, nobody who listens there, a certificate of somebody else, an address that fetch refuses. */
const LASTING = /ENOTFOUND|ECONNREFUSED|E(HOST|NET)UNREACH|CERT|UNABLE_TO|ERR_(TLS|SSL)|TypeError/;

/** Of a fetch or a body that failed. */
export function networkFailure(cause: unknown, url: string): WorldError {
  const { code, host = hostOf(url) } = innermost(cause);
  if (code === 'TimeoutError') return new WorldError(`${host} does not answer`, { retryable: true, cause });
  return LASTING.test(code)
    ? new WorldError(
        `${host} cannot be reached (${code}): is there a network that lets you there, and is HF_ENDPOINT right?`,
        { retryable: false, cause },
      )
    : new WorldError(`The connection to ${host} broke (${code})`, { retryable: true, cause });
}

export function hostOf(endpoint: string): string {
  return new URL(endpoint).host;
}

/** undici hides what happened in the cause, or in the causes of that: there, which host has no address. */
function innermost(error: unknown): { readonly code: string; readonly host?: string } {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if (inner.name === 'TimeoutError') return { code: inner.name };
    if ('code' in inner && typeof inner.code === 'string') {
      const host = 'hostname' in inner && typeof inner.hostname === 'string' ? { host: inner.hostname } : {};
      return { code: inner.code, ...host };
    }
  }
  return { code: error instanceof Error ? error.name : 'unknown' };
}
