/** A home with a persona on each network's test server, and a draft of each that is approved and due. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { createDraft } from '../../src/queue/create-draft.ts';
import { approve } from '../../src/review/decide.ts';
import { openStore, storeFile } from '../../src/store/store.ts';
import { HANDLE, PASSWORD, startBluesky } from '../publishing/servers/bluesky-server.ts';
import { mastodonServer } from '../publishing/servers/mastodon-server.ts';
import { startXServer } from '../publishing/servers/x-server.ts';
import { draftOf } from '../queue/prepared-drafts.ts';
import { toyHome, writePersona } from './toy-home.ts';

export const PERSONAS = ['mary', 'xenia', 'blue'] as const;

export async function networksHome(t: TestContext) {
  const [mastodon, x, bluesky] = [await mastodonServer(), await startXServer(), await startBluesky(t)];
  t.after(async () => {
    await mastodon[Symbol.asyncDispose]();
    await x[Symbol.asyncDispose]();
  });
  const home = toyHome();
  const account = (settings: string) => `undo: 0s\naccount: { ${settings} }`;
  writePersona(home, 'mary', account(`network: mastodon, server: "${mastodon.url}", token: MARY_TOKEN`));
  writePersona(
    home,
    'xenia',
    account(
      `network: x, server: "${x.url}", appKey: X_KEY, appSecret: X_SECRET, accessToken: X_TOKEN, accessSecret: X_TOKEN_SECRET`,
    ),
  );
  writePersona(
    home,
    'blue',
    account(`network: bluesky, server: "${bluesky.url}", handle: ${HANDLE}, password: BLUE_PASSWORD`),
  );
  const secrets: Readonly<Record<string, string>> = {
    MARY_TOKEN: mastodon.token,
    X_KEY: 'planted-app-key-51c8',
    X_SECRET: 'planted-app-secret-9e02',
    X_TOKEN: '1000-planted-access-token-77aa',
    X_TOKEN_SECRET: 'planted-access-secret-03bd',
    BLUE_PASSWORD: PASSWORD,
  };
  keepInEnvironmentFile(home, secrets);
  for (const persona of PERSONAS) await approvedDraft(home, persona);
  return { home, mastodon, x, bluesky, secrets };
}

export function keepInEnvironmentFile(home: string, secrets: Readonly<Record<string, string>>): void {
  const lines = Object.entries(secrets).map(([name, value]) => `${name}='${value}'\n`);
  writeFileSync(path.join(home, '.env'), lines.join(''), { mode: 0o600 });
}

/** Due since a second ago. */
export async function approvedDraft(home: string, persona: string): Promise<void> {
  const now = new Date(Date.now() - 1000);
  const store = openStore(storeFile(home));
  const id = await createDraft(store, draftOf([`${persona} has something to say.`], { persona, dueAt: now, now }));
  await approve(store, { draftId: id, now, undoMs: 0 });
  await store.close();
}
