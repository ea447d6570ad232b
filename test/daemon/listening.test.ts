/** The daemon as a process of its own, spoken to on the local timeline and by a Mastodon server. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { getDraft } from '../../src/queue/draft.ts';
import { openStore, storeFile } from '../../src/store/store.ts';
import { mastodonServer } from '../publishing/servers/mastodon-server.ts';
import { BIN, type LogLine, runDaemon } from './running-daemon.ts';
import { toyHome, writePersona } from './toy-home.ts';

const says = (msg: string) => (line: LogLine) => line.msg === msg;
const SECRET_WORD = 'xyzzy-planted-by-bob';

function commandsIn(home: string) {
  return (...argv: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...argv], {
      env: { ...process.env, EIDOLON_HOME: home },
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    return stdout;
  };
}

/** Of the reply that was queued. */
async function replyIn(home: string) {
  const store = openStore(storeFile(home));
  try {
    const { id } = await store.db
      .selectFrom('drafts')
      .select('id')
      .where('kind', '=', 'reply')
      .executeTakeFirstOrThrow();
    return await getDraft(store, id);
  } finally {
    await store.close();
  }
}

test('a visitor of the local timeline is answered, once it is approved', async () => {
  const home = toyHome('ada');
  const eidolon = commandsIn(home);
  await using daemon = runDaemon(home);
  await daemon.logged(says('A draft waits for your review'));

  eidolon('timeline', '--say', '@ada What is hope?', '--as', 'bob');
  await daemon.logged((line) => line.job === 'reply:ada' && line.msg === 'Starts');
  await daemon.logged(
    ({ msg, draft }) => msg === 'A draft waits for your review' && draft !== undefined && isReply(home, draft),
  );
  const reply = await replyIn(home);
  eidolon('queue', 'approve', String(reply.id));
  await daemon.logged(({ msg, draft }) => msg === 'Published' && draft === reply.id);

  const posts = JSON.parse(eidolon('timeline', 'ada', '--json'));
  assert.deepEqual(
    posts.map(({ inReplyTo }: { inReplyTo: string }) => inReplyTo),
    ['local:bob/1'],
  );
  assert.match(eidolon('queue', 'show', String(reply.id)), /bob[^\n]*\n\s+@ada What is hope\?/);
  assert.match(eidolon('why', String(reply.id)), /What is hope\?/);
});

function isReply(home: string, id: number): boolean {
  const { stdout } = spawnSync(process.execPath, [BIN, 'queue', 'show', String(id), '--json'], {
    env: { ...process.env, EIDOLON_HOME: home },
    encoding: 'utf8',
  });
  return JSON.parse(stdout).kind === 'reply';
}

test('on Mastodon a stream rings and a mention is a draft; what was said is in no log line, and starting again costs nothing', async () => {
  await using server = await mastodonServer();
  const home = toyHome();
  const account = `account: { network: mastodon, server: "${server.url}", token: ADA_TOKEN }`;
  writePersona(home, 'ada', `undo: 0s\n${account}\nschedule: { replies: { every: 1d } }`);
  writeFileSync(path.join(home, '.env'), `ADA_TOKEN='${server.token}'\n`, { mode: 0o600 });
  await using daemon = runDaemon(home);
  await daemon.logged(says('Its stream is there'));
  await daemon.logged(says('Listened'));

  server.mention({ acct: 'bob@example.social' }, `@ada What is ${SECRET_WORD}?`, { visibility: 'private' });
  await daemon.logged(({ msg, job }) => msg === 'Starts' && job === 'reply:ada');
  await daemon.logged(
    ({ msg, draft }) => msg === 'A draft waits for your review' && draft !== undefined && isReply(home, draft),
  );

  const reply = await replyIn(home);
  assert.ok(reply.candidates.every(({ text }) => text.startsWith('@bob@example.social ')));
  commandsIn(home)('queue', 'approve', String(reply.id));
  await daemon.logged(({ msg, draft }) => msg === 'Published' && draft === reply.id);
  const posted = server.posts.at(-1)!;
  assert.deepEqual(
    [posted.status.visibility, posted.status.inReplyToId !== null, posted.source.text],
    ['private', true, reply.candidates[0]!.text],
  );
  for (const line of daemon.lines) assert.ok(!JSON.stringify(line).includes(SECRET_WORD), line.msg);

  await daemon.end('SIGTERM');
  const asked = server.requests.length;
  await using again = runDaemon(home);
  await again.logged(says('Its stream is there'));
  server.mention({ acct: 'bob@example.social' }, '@ada And fear?');
  await again.logged(says('Listened'));
  const [first, second] = server.requests.slice(asked).map(({ path }) => path);
  assert.match(first!, /streaming/);
  assert.match(second!, /verify_credentials/, 'of the listening, once somebody has spoken');
  const ring = again.lines.findIndex(says('Its stream rings'));
  assert.ok(ring >= 0 && ring < again.lines.findIndex(({ job }) => job === 'listen:ada'));
});

test('in a dry run nobody is listened to, and no connection is opened', async () => {
  await using server = await mastodonServer();
  const home = toyHome();
  const account = `account: { network: mastodon, server: "${server.url}", token: ADA_TOKEN }`;
  writePersona(home, 'ada', account);
  writeFileSync(path.join(home, '.env'), `ADA_TOKEN='${server.token}'\n`, { mode: 0o600 });
  server.mention({ acct: 'bob@example.social' }, '@ada Hello?');
  await using daemon = runDaemon(home, '--dry-run');

  await daemon.logged(says('A draft waits for your review'));
  await daemon.logged(({ msg, draft }) => msg === 'A draft waits for your review' && draft === 2);

  assert.deepEqual(server.requests, []);
});
