/**
 * Hands sessions from one thread of the process to those that begin later: jobs run in threads that end, and a session
 * made anew in each would soon reach the server's limit. In memory only.
 */
import { BroadcastChannel, getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import type { PasswordSessionData } from '@atcute/password-session';

const NAME = 'eidolon bluesky sessions';

/** By account; null: it is over. */
type Sessions = Readonly<Record<string, PasswordSessionData | null>>;

/** For the thread that starts the others. Until `close`, what they share reaches those that it starts from then on. */
export function holdSessions(): { close(): void } {
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = (event) => {
    const { data } = event as { readonly data: Sessions };
    setEnvironmentData(NAME, { ...heldSessions(), ...data });
  };
  channel.unref();
  return {
    close() {
      channel.close();
      setEnvironmentData(NAME, undefined);
    },
  };
}

export function shareSession(account: string, session: PasswordSessionData | undefined): void {
  const channel = new BroadcastChannel(NAME);
  channel.postMessage({ [account]: session ?? null } satisfies Sessions);
  channel.close();
}

export function sharedSession(account: string): PasswordSessionData | undefined {
  return heldSessions()[account] ?? undefined;
}

function heldSessions(): Sessions {
  return (getEnvironmentData(NAME) as Sessions | undefined) ?? {};
}
