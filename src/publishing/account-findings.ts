/** What is well with an account and what is not, for its owner. Knows nothing of how the account was asked. */
import type { AccountSettings, NetworkName } from '../persona/settings.ts';
import { SCOPES } from './mastodon/scopes.ts';
import type { AccountFacts } from './network.ts';

export interface AccountFinding {
  readonly subject: 'account' | 'automated' | 'disclosure' | 'scopes' | 'budget';
  readonly ok: boolean;
  readonly found: string;
  /** What to do; only where something is not well. */
  readonly remedy?: string;
}

const HOW_TO_MARK: Readonly<Record<NetworkName, string>> = {
  local: '',
  mastodon: 'Preferences, Public profile, "This is an automated account"; or log in again, and let Eidolon do it',
  x: 'Settings, Your account, Account information, Automation: link it to your own account',
  bluesky: 'Settings, Account, Automation label',
};

export function accountFindings(persona: string, account: AccountSettings, facts: AccountFacts): AccountFinding[] {
  const { network } = account;
  const findings = [finding('account', `${facts.name}, ${facts.url}`)];
  if (network === 'local') return findings;
  const marked = facts.isBot
    ? finding('automated', 'marked as automated')
    : facts.isBot === null
      ? finding('automated', `${network} does not tell: see to it yourself (${HOW_TO_MARK[network]})`)
      : finding('automated', 'not marked as automated', HOW_TO_MARK[network]);
  const disclosed = facts.discloses
    ? facts.saysWhoRunsIt === false
      ? finding(
          'disclosure',
          'the profile says that its posts are generated, and not who runs it',
          'Say there who runs it: a name after "run by", your account, or an address',
        )
      : finding('disclosure', 'the profile says that its posts are generated, and who runs it')
    : finding(
        'disclosure',
        'the profile does not say that its posts are generated',
        'Say in the profile who runs it and that its posts are written by a program',
      );
  return [...findings, marked, disclosed, ...scopeFindings(persona, network, facts), ...budgetFindings(account)];
}

function scopeFindings(persona: string, network: NetworkName, { scopes }: AccountFacts): AccountFinding[] {
  if (scopes === null) return [];
  const wanted: readonly string[] = SCOPES;
  const wider = network === 'mastodon' ? scopes.filter((scope) => !wanted.includes(scope)) : [];
  const told = `the token may ${scopes.join(', ')}`;
  if (wider.length === 0) return [finding('scopes', told)];
  const remedy = `It is wider than needed (${wider.join(', ')}): eidolon account login ${persona}`;
  return [finding('scopes', told, remedy)];
}

/** Where posting costs money, a limit is worth a line; where there is none, that is the owner's to say. */
function budgetFindings(account: AccountSettings): AccountFinding[] {
  if (account.network !== 'x') return [];
  const { dollarsPerMonth } = account.budget;
  if (dollarsPerMonth !== undefined) return [finding('budget', `at most $${dollarsPerMonth} a month`)];
  const remedy = 'Say in persona.yaml what it may cost: account.budget: { dollarsPerMonth: 5 }';
  return [finding('budget', 'nothing limits what it may cost', remedy)];
}

function finding(subject: AccountFinding['subject'], found: string, remedy?: string): AccountFinding {
  return { subject, ok: remedy === undefined, found, ...(remedy !== undefined && { remedy }) };
}
