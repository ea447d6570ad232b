/** An account's session: made of its app password when first needed, refreshed before it ends, and kept in memory alone. */

import type {} from '@atcute/atproto';
import type {} from '@atcute/bluesky';
import { Client, ClientResponseError, type FailedClientResponse } from '@atcute/client';
import type { Did } from '@atcute/lexicons';
import { PasswordSession, type PasswordSessionData } from '@atcute/password-session';
import { AccountError } from '../network.ts';
import { asWorldError } from './answers.ts';
import { type Limits, limitedFetch, type ToldLimit } from './limited-fetch.ts';
import { sharedSession, shareSession } from './share-sessions.ts';

export interface Login {
  /** Where the account signs in, such as `https://bsky.social`. */
  readonly server: string;
  readonly handle: string;
  /** Asked for only when a session is made. */
  readonly password: () => string;
  readonly now: () => Date;
  /** What the server said of a limit. */
  readonly limited?: (limit: ToldLimit) => Promise<void>;
  readonly timeoutMs?: number;
}

type Answer<Data> = { readonly ok: true; readonly data: Data } | FailedClientResponse;

export interface Session {
  /** The account's DID and handle, as the server says them. */
  whoAmI(): Promise<{ readonly did: Did; readonly handle: string }>;
  /**
   * What a method answers.
   * @throws Refusal where the call certainly did nothing; AccountError where the account is shut out; WorldError where nobody knows.
   */
  call<Data>(send: (client: Client, did: Did) => Promise<Answer<Data>>): Promise<Data>;
}

interface Kept {
  data: PasswordSessionData | undefined;
  /** Our clock and the server's differ: a fresh token looks old, and each is used until it is refused. */
  isClockOff?: boolean;
  readonly limits: Limits;
}

/** By server and handle. A server makes few sessions (30 in 5 minutes and 300 a day), so they outlive whoever asked for them. */
const keptSessions = new Map<string, Kept>();

const TIMEOUT_MS = 30_000;
/** Before its end, so that no post is the one that finds out. */
const REFRESH_MS = 60_000;

export function openSession(login: Login): Session {
  const { server, handle, now, limited, timeoutMs = TIMEOUT_MS } = login;
  const id = `${server} ${handle.toLowerCase()}`;
  const kept: Kept = keptSessions.get(id) ?? { data: sharedSession(id), limits: new Map() };
  keptSessions.set(id, kept);
  const options = {
    fetch: limitedFetch({ limits: kept.limits, now, timeoutMs, ...(limited && { limited }) }),
    onUpdate: (data: PasswordSessionData) => keep(data),
    onDelete: () => keep(undefined),
  };
  let signingIn: Promise<PasswordSession> | undefined;

  function keep(data: PasswordSessionData | undefined): void {
    kept.data = data;
    shareSession(id, data);
  }

  const isOld = ({ accessJwt }: PasswordSessionData) => endOf(accessJwt) - now().getTime() <= REFRESH_MS;

  /** One at a time, whoever asks. */
  function signedIn(): Promise<PasswordSession> {
    signingIn ??= signIn().finally(() => {
      signingIn = undefined;
    });
    return signingIn;
  }

  async function signIn(): Promise<PasswordSession> {
    if (kept.data) {
      const session = new PasswordSession(kept.data, options);
      if (kept.isClockOff || !isOld(kept.data)) return session;
      await session.refresh().catch(() => undefined); // without it the password makes a new one
      if (kept.data) {
        kept.isClockOff = isOld(kept.data);
        return session;
      }
    }
    const credentials = { service: server, identifier: handle, password: login.password() };
    const session = await PasswordSession.login(credentials, options).catch((error) => {
      throw asLoginError(error, now());
    });
    checkSession(session.session);
    return session;
  }

  return {
    async whoAmI() {
      const { did, handle: current } = (await signedIn()).session;
      return { did, handle: current };
    },
    async call(send) {
      for (let isAgain = false; ; isAgain = true) {
        const session = await signedIn();
        const { did } = session;
        const response = await send(new Client({ handler: session }), did).catch((error) => {
          throw asWorldError(error, now());
        });
        if (response.ok) return response.data;
        const error = new ClientResponseError(response);
        if (isAgain || !isSignedOut(error)) throw asWorldError(error, now());
        keep(undefined); // also the refresh token is spent or revoked: once more with the password
      }
    },
  };
}

function isSignedOut({ status, error }: ClientResponseError): boolean {
  return status === 401 || error === 'ExpiredToken' || error === 'InvalidToken';
}

function asLoginError(error: unknown, now: Date): unknown {
  if (!(error instanceof ClientResponseError)) return asWorldError(error, now);
  if (error.error === 'AuthFactorTokenRequired') {
    return new AccountError('Bluesky: expected an app password, found the password of the account itself', {
      cause: error,
    });
  }
  if (error.error === 'AuthenticationRequired') {
    return new AccountError('Bluesky: the server does not take this handle with this app password', { cause: error });
  }
  return asWorldError(error, now);
}

function checkSession({ active, inactiveStatus, pdsUri }: PasswordSessionData): void {
  if (!active) throw new AccountError(`Bluesky: the account is ${inactiveStatus ?? 'not active'}`);
  if (pdsUri !== undefined && !isPrivate(pdsUri)) {
    throw new AccountError('Bluesky: the account stands on a server without https');
  }
}

/** Nobody on the way reads along: https, or this machine. */
function isPrivate(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === 'https:' || /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url?.hostname ?? '');
}

/** Milliseconds since 1970. A token that does not tell is used until it is refused. */
function endOf(token: string): number {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return typeof exp === 'number' ? exp * 1000 : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
