/** What a network is made of: whose account it is, and by which credentials. */
import type { Persona } from '../persona/persona.ts';
import type { AccountSettings, NetworkName } from '../persona/settings.ts';
import type { Store } from '../store/store.ts';

export interface Account<Name extends NetworkName = NetworkName> {
  readonly store: Store;
  readonly persona: AccountHolder;
  readonly settings: Extract<AccountSettings, { network: Name }>;
  readonly secrets: Secrets;
  readonly usage: Usage;
  readonly now: () => Date;
}

export type AccountHolder = Pick<Persona, 'name' | 'folder' | 'language' | 'allow'>;

/** Credentials by the name of their variable. */
export interface Secrets {
  /** @throws UserError when the variable is not set. */
  get(variable: string): string;
  /** Keeps a new value in `.env`, on the disk when this returns. */
  set(variable: string, value: string): void;
}

/** Where a network tells what it was asked and how much more it may be, so that budgets and limits outlive the process. */
export interface Usage {
  /** After each request that counts, whatever came of it; `dollars`: what it costs. */
  spent(use: { readonly kind: RequestKind; readonly count?: number; readonly dollars?: number }): Promise<void>;
  /** What an answer's headers said of the limit that it came nearest to. */
  limited(limit: ToldLimit): Promise<void>;
}

export interface ToldLimit {
  readonly kind: RequestKind;
  /** Where each has a limit of its own; without it, all of the kind have one. */
  readonly endpoint?: string;
  readonly remaining: number;
  readonly resetAt: Date;
}

export type RequestKind = 'post' | 'read';
