/** Looks at the account of every persona on its network; only on request, for it asks the networks. */
import { UserError, WorldError } from '../errors.ts';
import { loadPersonas } from '../persona/load-persona.ts';
import type { Persona } from '../persona/persona.ts';
import { accountFindings } from '../publishing/account-findings.ts';
import { accountNetwork } from '../publishing/networks.ts';
import { openStore, type Store, storeFile } from '../store/store.ts';
import type { Finding } from './examine.ts';

export async function examineAccounts(home: string, now: () => Date): Promise<readonly Finding[]> {
  const personas = loadPersonas(home).personas.filter(({ account }) => account.network !== 'local');
  if (personas.length === 0) return [{ subject: 'accounts', ok: true, found: 'none: every persona posts to local' }];
  const store = openStore(storeFile(home));
  try {
    const findings: Finding[] = [];
    for (const persona of personas) findings.push(...(await examineAccount(store, home, persona, now)));
    return findings;
  } finally {
    await store.close();
  }
}

async function examineAccount(store: Store, home: string, persona: Persona, now: () => Date): Promise<Finding[]> {
  const subject = `${persona.name} on ${persona.account.network}`;
  try {
    const network = await accountNetwork({ home, persona, store, now });
    const facts = await network.verify();
    return accountFindings(persona.name, persona.account, facts).map((finding) => ({
      ...finding,
      subject: `${subject}: ${finding.subject}`,
    }));
  } catch (error) {
    if (!(error instanceof UserError || error instanceof WorldError)) throw error;
    const again = `Log in again: eidolon account login ${persona.name}`;
    const usual = error instanceof WorldError && error.retryable ? 'It may pass: try again' : again;
    return [{ subject, ok: false, found: error.message, remedy: error.hint ?? usual }];
  }
}
