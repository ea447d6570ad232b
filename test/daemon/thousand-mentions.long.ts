/** A thousand mentions at once, more than half of them from one: memory stays bounded, people are served in turn, and nothing crashes. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { openStore, storeFile } from '../../src/store/store.ts';
import { mastodonServer } from '../publishing/servers/mastodon-server.ts';
import { runDaemon } from './running-daemon.ts';
import { toyHome, writePersona } from './toy-home.ts';

const AT_ONCE = 1000;
const FROM_ONE = 600;
/** A thousand posts with their authors are some megabytes; two threads of a job that runs are most of the rest. */
const MOST_MORE_MB = 200;

/** The most that it ever held. */
function peakMegabytes(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

test('a thousand mentions at once', { skip: process.platform !== 'linux' }, async () => {
  await using server = await mastodonServer();
  const home = toyHome();
  const account = `account: { network: mastodon, server: "${server.url}", token: ADA_TOKEN }`;
  writePersona(home, 'ada', `undo: 0s\n${account}\nschedule: { replies: { every: 1d, perHour: 6 } }`);
  writeFileSync(path.join(home, '.env'), `ADA_TOKEN='${server.token}'\n`, { mode: 0o600 });
  await using daemon = runDaemon(home);
  await daemon.logged(({ msg }) => msg === 'Its stream is there');
  await daemon.logged(({ msg }) => msg === 'Listened');
  const store = openStore(storeFile(home));
  const mentions = () => store.db.selectFrom('mentions').select(['author_name', 'status']).execute();
  const answered = async () => (await mentions()).filter(({ status }) => status === 'answered');
  // Of a first look only the newest page is read: from here on it knows where it was, and has written its first answer.
  server.mention({ acct: 'first@example.social' }, '@ada Is anybody there?');
  while ((await answered()).length === 0) await wait(50);
  const calm = peakMegabytes(daemon.process.pid!);

  for (let index = 0; index < AT_ONCE; index++) {
    const acct = index < FROM_ONE ? 'flooder@example.social' : `person${index}@example.social`;
    server.mention({ acct }, `@ada Question number ${index}, and what of it?`);
  }
  while ((await mentions()).length < AT_ONCE + 1 || (await answered()).length < 6) await wait(100);

  const names = (await answered()).map(({ author_name }) => author_name);
  assert.equal(new Set(names).size, names.length, 'each person once');
  const waiting = (await mentions()).filter(({ status }) => status === 'waiting');
  assert.ok(waiting.length <= 200);
  assert.ok(waiting.filter(({ author_name }) => author_name === '@flooder@example.social').length <= 5);
  const more = peakMegabytes(daemon.process.pid!) - calm;
  assert.ok(more < MOST_MORE_MB, `${more.toFixed(0)} MB more`);
  console.log(`# ${calm.toFixed(0)} MB, and ${more.toFixed(0)} more at most`);
  await store.close();
  const { code } = await daemon.end('SIGTERM');
  assert.equal(code, 0);
  assert.deepEqual(
    daemon.lines.filter(({ level }) => level >= 50),
    [],
  );
});
