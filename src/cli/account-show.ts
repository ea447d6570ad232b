import path from 'node:path';
import { styleText } from 'node:util';
import { loadEnvironment } from '../environment.ts';
import { UserError } from '../errors.ts';
import { loadPersona } from '../persona/load-persona.ts';
import type { Persona } from '../persona/persona.ts';
import { type AccountFinding, accountFindings } from '../publishing/account-findings.ts';
import { AccountError, type AccountFacts } from '../publishing/network.ts';
import { accountNetwork, variablesOf } from '../publishing/networks.ts';
import { keepLength } from '../publishing/post-length.ts';
import { printable } from '../review/printable.ts';
import type { Store } from '../store/store.ts';
import { withStore } from './with-store.ts';

/** The shape of `eidolon account show --json`: names of variables, never what they hold. */
export interface AccountReport {
  readonly persona: string;
  readonly network: string;
  readonly variables: readonly string[];
  readonly account: AccountFacts;
  readonly findings: readonly AccountFinding[];
}

export interface ShowOptions {
  readonly json: boolean;
  /** Exit code 1 where a finding is not well. */
  readonly mustBeWell: boolean;
}

export async function showAccount(name: string, { json, mustBeWell }: ShowOptions): Promise<void> {
  const report = await withStore(async (store, home) => {
    loadEnvironment(home);
    return readAccount(store, home, loadPersona(path.join(home, 'personas', name)));
  });
  console.log(json ? JSON.stringify(report, null, 2) : reportLines(report).join('\n'));
  if (mustBeWell && report.findings.some(({ ok }) => !ok)) process.exitCode = 1;
}

/** Asks the network. @throws UserError when the credentials are missing or no good. */
export async function readAccount(store: Store, home: string, persona: Persona): Promise<AccountReport> {
  const network = await accountNetwork({ home, persona, store, now: () => new Date() });
  const account = await network.verify().catch((cause: unknown) => {
    if (!(cause instanceof AccountError)) throw cause;
    throw new UserError(cause.message, {
      hint: `A new token: eidolon account login ${persona.name}. An account that is shut out: see what its server wrote to it`,
      cause,
    });
  });
  await keepLength(store, persona.account, network, new Date());
  return {
    persona: persona.name,
    network: network.name,
    variables: [...variablesOf(persona.account).values()],
    account,
    findings: accountFindings(persona.name, persona.account, account),
  };
}

export function reportLines({ persona, network, variables, account, findings }: AccountReport): string[] {
  const list = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', styleText('bold', title), ...lines.map((line) => `  ${clean(line)}`)];
  return [
    `${persona} posts to ${network} as ${clean(account.name)}`,
    ...findings.flatMap(({ subject, found, remedy }) => {
      const mark = remedy === undefined ? styleText('green', 'ok ') : styleText('red', 'fix');
      return [`${mark} ${subject}: ${clean(found)}`, ...(remedy === undefined ? [] : [`    ${remedy}`])];
    }),
    ...list('What it may', account.limits),
    ...list('What is asked of it', account.rules),
    ...list('Its credentials are in .env', variables),
  ];
}

const clean = (text: string) => printable(text, { oneLine: true });
