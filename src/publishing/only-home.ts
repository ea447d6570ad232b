/**
 * One home an account: of two daemons with a home each, only one posts to it and answers for it. Guards one user on one machine;
 * what runs elsewhere cannot be seen.
 */
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type ExclusiveLock, holderOf, presentHolder, takeExclusiveLock } from '../store/exclusive-lock.ts';
import { Refusal } from './network.ts';

export interface Place {
  readonly home: string;
  /** Of this user, whatever the home: where the locks are. */
  readonly stateFolder: string;
}

/** `ours`: another process of this home has it. `unguarded`: no lock can be made there. */
export type Taken = ExclusiveLock | OtherHome | 'ours' | 'unguarded';

export class OtherHome {
  readonly home: string;
  /** Nothing where it has begun this very moment. */
  readonly pid: number | undefined;

  constructor(home: string, pid: number | undefined) {
    this.home = home;
    this.pid = pid;
  }

  get sentence(): string {
    return `its account is in the hands of another Eidolon, process ${this.pid ?? '(just begun)'} with its home at ${this.home}: end that one, or take the account out of one of the two`;
  }
}

/** `account`: a name that no other account has. */
export function takeAccount({ home, stateFolder }: Place, account: string): Taken {
  const file = path.join(stateFolder, 'accounts', `${encodeURIComponent(account)}.lock`);
  if (isHomeIn(file, home) && presentHolder(file)) return 'ours';
  let lock: ExclusiveLock | undefined;
  try {
    lock = takeExclusiveLock(file);
    if (lock) writeFileSync(`${file}.home`, realpathSync(home));
  } catch (error) {
    lock?.release();
    if (error instanceof Error && 'code' in error) return 'unguarded'; // a disk that cannot be written, say
    throw error;
  }
  if (lock) return lock;
  return isHomeIn(file, home) ? 'ours' : new OtherHome(homeIn(file), holderOf(file));
}

function isHomeIn(file: string, home: string): boolean {
  return homeIn(file) === realpathSync(home);
}

/** Of who took the lock last. */
function homeIn(file: string): string {
  return existsSync(`${file}.home`) ? readFileSync(`${file}.home`, 'utf8') : '';
}

/** How long another home is given, before it is looked at again. */
export const OTHER_HOME_MS = 60_000;

/** Runs `work` where no other home has the account. @throws Refusal where one has. */
export async function onlyHere<T>(place: Place, account: string, work: () => Promise<T>): Promise<T> {
  const taken = takeAccount(place, account);
  if (taken instanceof OtherHome) {
    throw new Refusal(taken.sentence, { retryable: true, retryAfterMs: OTHER_HOME_MS });
  }
  try {
    return await work();
  } finally {
    if (typeof taken === 'object') taken.release();
  }
}
