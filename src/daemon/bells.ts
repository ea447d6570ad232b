/** Listens to the streams of networks, as long as the daemon runs, and remembers who was spoken to. Reads no mention itself. */
import { setTimeout } from 'node:timers/promises';
import { UserError, WorldError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Persona } from '../persona/persona.ts';
import { noteTrouble, ownersFiles, pause, type Standing, serverOf } from '../publishing/account-health.ts';
import { AccountError, type Network, Unreached } from '../publishing/network.ts';
import { accountNetwork } from '../publishing/networks.ts';
import type { Store } from '../store/store.ts';

export interface Bells {
  /** Personas to whom somebody may have spoken since they last listened. */
  readonly rung: ReadonlySet<string>;
  /** It listens now: what rings from here on is new. */
  heard(persona: string): void;
  /** Hears for these and no others; one that has changed is heard for anew. */
  listenFor(personas: readonly Persona[]): void;
  close(): Promise<void>;
}

export interface BellsOptions {
  readonly home: string;
  readonly store: Store;
  readonly log: Log;
  readonly now: () => Date;
  /** Told when a persona rings that did not before. */
  readonly onRing?: () => void;
  /** Without it, the persona's own. */
  readonly networkOf?: (persona: Persona) => Promise<Pick<Network, 'rings'>>;
  /** Rejects when the signal is aborted. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

/** Whether a network is asked for its stream: not by a persona that waits for something, as for all else that is asked of it. */
export function mayHear({ pause, wait, outage, spending }: Standing): boolean {
  return !pause && !wait && !outage && !spending.necessaryReads;
}

const MINUTE = 60_000;
/** Tries in a row by which a server that only begins anew is back. */
const MOST_UNREACHED = 3;
const FIRST_WAIT_MS = MINUTE;
/** Catching up goes on meanwhile: a stream only makes it quicker. */
const LONGEST_WAIT_MS = 60 * MINUTE;

interface Listener {
  readonly persona: Persona;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

export function openBells({ home, store, log, now, onRing, networkOf, wait = waitFor }: BellsOptions): Bells {
  const rung = new Set<string>();
  const listeners = new Map<string, Listener>();
  const ending = new Set<Promise<void>>();
  /** Connected to since this daemon began. */
  const known = new Set<string>();
  const open = networkOf ?? ((persona) => accountNetwork({ home, persona, store, now }));

  async function hear(persona: Persona, signal: AbortSignal): Promise<void> {
    const { name, account } = persona;
    let unreached = 0;
    const trouble = () => ({ persona: name, server: serverOf(account), files: ownersFiles(home, name), now: now() });
    const onLost = async (error: WorldError, retryAfterMs: number) => {
      log.debug({ persona: name, retryAfterMs, reason: error.message }, 'Its stream is lost, and begun again');
      const isServers = error instanceof Unreached && error.host === serverOf(account);
      unreached = isServers ? unreached + 1 : 0;
      if (unreached >= MOST_UNREACHED) await noteTrouble(store, error, trouble());
    };
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        const network = await open(persona);
        if (!network.rings) return;
        for await (const ring of network.rings({ signal, onLost })) {
          failures = 0;
          unreached = 0;
          // What was said while it was lost is to be caught up with; what was before the daemon began waits for its interval,
          // for a start is to cost nothing.
          const isStart = ring === 'connected' && !known.has(name);
          known.add(name);
          log.debug({ persona: name, ring }, isStart ? 'Its stream is there' : 'Its stream rings');
          if (isStart || rung.has(name)) continue;
          rung.add(name);
          onRing?.();
        }
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof WorldError || error instanceof UserError))
          log.error({ persona: name, err: error }, 'A stream failed by a bug');
        else {
          if (error instanceof AccountError) await noteTrouble(store, error, trouble());
          else if (error instanceof UserError) await pause(store, error.message, trouble());
          log.debug({ persona: name, reason: error.message }, 'No stream now: it listens at intervals');
        }
      }
      await wait(Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS), signal).catch(() => {});
    }
  }

  function stop(name: string): void {
    const listener = listeners.get(name);
    if (!listener) return;
    listener.stop.abort();
    listeners.delete(name);
    rung.delete(name);
    ending.add(listener.ended);
    void listener.ended.then(() => ending.delete(listener.ended));
  }

  return {
    rung,
    heard: (persona) => void rung.delete(persona),
    listenFor(personas) {
      for (const name of [...listeners.keys()]) {
        if (!personas.includes(listeners.get(name)!.persona)) stop(name);
      }
      for (const persona of personas) {
        const { name, account, schedule } = persona;
        if (listeners.has(name) || !STREAMING.has(account.network) || schedule.replies.perHour === 0) continue;
        const controller = new AbortController();
        listeners.set(name, { persona, stop: controller, ended: hear(persona, controller.signal) });
      }
    },
    async close() {
      for (const name of [...listeners.keys()]) stop(name);
      await Promise.all(ending);
    },
  };
}

/** The clients of the others need not be loaded to learn that they have no streams. */
const STREAMING: ReadonlySet<string> = new Set<Persona['account']['network']>(['mastodon']);

function waitFor(milliseconds: number, signal: AbortSignal): Promise<unknown> {
  return setTimeout(milliseconds, undefined, { signal, ref: false });
}
