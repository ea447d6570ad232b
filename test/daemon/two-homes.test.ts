/** Two daemons, each with a home of its own, and one account. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createDraft } from '../../src/queue/create-draft.ts';
import { getDraft } from '../../src/queue/draft.ts';
import { approve } from '../../src/review/decide.ts';
import { openStore, storeFile } from '../../src/store/store.ts';
import { runEidolon } from '../cli/run-eidolon.ts';
import { mastodonServer } from '../publishing/servers/mastodon-server.ts';
import { draftOf } from '../queue/prepared-drafts.ts';
import { runDaemonOf } from './running-daemon.ts';
import { toyHome, writePersona } from './toy-home.ts';

async function homeWith(text: string, server: { readonly url: string; readonly token: string }): Promise<string> {
  const home = toyHome();
  writePersona(home, 'ada', `undo: 0s\naccount: { network: mastodon, server: "${server.url}", token: ADA_TOKEN }`);
  writeFileSync(path.join(home, '.env'), `ADA_TOKEN='${server.token}'\n`, { mode: 0o600 });
  const store = openStore(storeFile(home));
  const draft = await createDraft(store, draftOf([text], { persona: 'ada', dueAt: new Date(), now: new Date() }));
  await approve(store, { draftId: draft, now: new Date(), undoMs: 0 });
  await store.close();
  return home;
}

test('the second daemon posts nothing to an account that the first one has, says so in a line, and keeps its draft', async () => {
  await using server = await mastodonServer();
  const [first, second] = [await homeWith('The first.', server), await homeWith('The second.', server)];
  const state = path.join(first, 'state');
  await using one = runDaemonOf(state, first);
  await one.logged(({ msg }) => msg === 'Published');
  await one.logged(({ msg }) => msg === 'No other home has its account now');

  await using other = runDaemonOf(state, second);
  const line = await other.logged(({ msg }) => /another Eidolon/.test(msg));

  assert.ok(line.msg.includes(`process ${one.process.pid} with its home at ${first}`), line.msg);
  const { stdout } = await runEidolon(['status'], { home: second });
  assert.match(stdout, /^ada: .*its account is in the hands of another Eidolon, process \d+/m);
  const store = openStore(storeFile(second));
  assert.equal((await getDraft(store, 1)).status, 'approved');
  await store.close();
  assert.deepEqual(
    server.posts.map(({ source }) => source.text),
    ['The first.'],
  );
});
