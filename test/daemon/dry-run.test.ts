import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { networksHome, PERSONAS } from './networks-home.ts';
import { runDaemon } from './running-daemon.ts';

const before = { ...process.env };
afterEach(() => {
  for (const name of ['NODE_OPTIONS', 'EIDOLON_SOCKETS']) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
});

/** Every line that a thread of the daemon writes when it is watched, and when it tries to reach anything. */
function watchSockets(home: string): () => string[] {
  const file = path.join(home, 'sockets');
  writeFileSync(file, '');
  process.env.NODE_OPTIONS = `--import ${path.join(import.meta.dirname, 'watched-sockets.ts')}`;
  process.env.EIDOLON_SOCKETS = file;
  return () => readFileSync(file, 'utf8').split('\n').filter(Boolean);
}

const isWatching = (line: string) => line.startsWith('watching');

test('a dry run opens no socket at all: not in the daemon, not in its threads, and none of its servers hears of it', async (t) => {
  const { home, mastodon, x, bluesky } = await networksHome(t);
  const seen = watchSockets(home);
  await using daemon = runDaemon(home, '--dry-run');

  for (const persona of PERSONAS) {
    await daemon.logged((line) => line.persona === persona && /Would be published/.test(line.msg));
  }
  await daemon.logged(({ msg }) => msg === 'A draft waits for your review'); // by a thread of its own, and the model's
  await daemon.end('SIGTERM');

  const lines = seen();
  assert.deepEqual(
    lines.filter((line) => !isWatching(line)),
    [],
  );
  assert.ok(new Set(lines.filter(isWatching)).size >= 3, `watched only ${lines}`);
  assert.deepEqual([mastodon.requests.length, x.requests.length, bluesky.asked.length], [0, 0, 0]);
});

test('the same watch sees the sockets of a run that is none', async (t) => {
  const { home, mastodon, x, bluesky } = await networksHome(t);
  const seen = watchSockets(home);
  await using daemon = runDaemon(home);

  for (const persona of PERSONAS) {
    await daemon.logged((line) => line.persona === persona && line.msg === 'Published');
  }
  await daemon.end('SIGTERM');

  assert.ok(seen().filter((line) => line === 'connect').length >= 3);
  assert.deepEqual([mastodon.posts.length, x.posts.length, bluesky.posts().length], [1, 1, 1]);
});
