/** Requests to a hub. The token goes to the hub's own origin and nowhere else, not into errors either. */
import { UserError, WorldError } from '../../errors.ts';
import { networkFailure, refusalOf, type Subject } from './refusal.ts';

export interface HubOptions {
  /** As `https://huggingface.co`, without a slash at its end. */
  readonly endpoint: string;
  readonly token?: string | undefined;
  readonly signal?: AbortSignal;
  /** Told before each wait. */
  readonly onWait?: (reason: string, milliseconds: number) => void;
  readonly wait: (milliseconds: number, signal: AbortSignal | undefined) => Promise<unknown>;
}

export interface Hub {
  readonly endpoint: string;
  readonly signal: AbortSignal | undefined;
  /** One try. @throws WorldError for every answer that is not 2xx (`allow` apart), and where there is none. */
  get(url: string, request: HubRequest): Promise<Response>;
  /** Tries until it works, fails for good, or has failed too often since `progressed` was last called. */
  persist<T>(work: (progressed: () => void) => Promise<T>): Promise<T>;
}

export interface HubRequest {
  readonly subject: Subject;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** A status that the caller wants to see itself. */
  readonly allow?: number;
}

const TRIES = 4;
const FIRST_WAIT_MS = 1000;
/** The window of the hub's own limits. Who asks for more patience gets a line instead. */
const LONGEST_WAIT_MS = 5 * 60_000;

export function openHub({ endpoint, token, signal, onWait, wait }: HubOptions): Hub {
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    // fetch would quote it in its own error
    throw new UserError('HF_TOKEN: expected a token, found something with spaces or other characters in it');
  }
  const { origin } = new URL(endpoint);

  return {
    endpoint,
    signal,
    async get(url, { subject, headers, signal: own = signal, allow }) {
      const isHub = new URL(url).origin === origin;
      const response = await fetch(url, {
        headers: {
          // Offsets of ranges count the bytes of the file, not of what compression makes of them.
          'accept-encoding': 'identity',
          ...headers,
          // On a redirect to another origin fetch itself leaves this header out.
          ...(isHub && token !== undefined && { authorization: `Bearer ${token}` }),
        },
        ...(own && { signal: own }),
      }).catch((error: unknown) => {
        throw signal?.aborted ? error : networkFailure(error, url);
      });
      if (response.ok || response.status === allow) return response;
      await response.body?.cancel();
      throw refusalOf(response, subject, { endpoint, hasToken: token !== undefined });
    },
    async persist(work) {
      let failures = 0;
      for (;;) {
        try {
          return await work(() => {
            failures = 0;
          });
        } catch (error) {
          if (!(error instanceof WorldError) || !error.retryable) throw error;
          const milliseconds = error.retryAfterMs ?? FIRST_WAIT_MS * 2 ** failures;
          failures++;
          if (failures === TRIES) throw error;
          if (milliseconds > LONGEST_WAIT_MS) throw tooLong(error, milliseconds);
          onWait?.(error.message, milliseconds);
          await wait(milliseconds, signal);
        }
      }
    },
  };
}

function tooLong(error: WorldError, milliseconds: number): WorldError {
  const minutes = Math.ceil(milliseconds / 60_000);
  return new WorldError(`${error.message}: it asks to come back in ${minutes} minutes`, {
    retryable: true,
    retryAfterMs: milliseconds,
    cause: error,
  });
}
