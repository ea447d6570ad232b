/** A piece that was written together goes out as a thread: by the real commands, the review screen, a real daemon and a server. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { runEidolon } from './cli/run-eidolon.ts';
import { BIN, runDaemon } from './daemon/running-daemon.ts';
import { toyHome, writePersona } from './daemon/toy-home.ts';
import { mastodonServer } from './publishing/servers/mastodon-server.ts';
import { Terminal } from './terminal.ts';

const TALE = Array.from(
  { length: 16 },
  (_, index) => `On day ${index} the harbour froze, and the boats said nothing of it.`,
);

test('a piece of eidolon write is queued, read and approved at the review screen, and posted whole, in order, as a thread', {
  timeout: 120_000,
}, async () => {
  await using server = await mastodonServer();
  const home = toyHome();
  const account = `account: { network: mastodon, server: "${server.url}", token: ADA_TOKEN, threads: true, visibility: public }`;
  writePersona(
    home,
    'ada',
    `undo: 0s\n${account}\nschedule: { posts: { every: 1s, jitter: 0, between: "00:00-24:00" } }`,
  );
  const settings = path.join(home, 'personas', 'ada', 'persona.yaml');
  writeFileSync(path.join(home, '.env'), `ADA_TOKEN='${server.token}'\n`, { mode: 0o600 });
  longer(settings);
  const turns = ['{"do":"take","choice":1}', ...TALE.map((text) => JSON.stringify({ do: 'type', text: ` ${text}` }))];
  const wrote = await runEidolon(
    ['write', 'ada', 'harbour', '--json', '--prompt', 'The harbour, in winter,', '-k', '1', '--seed', '1'],
    { home, input: `${turns.join('\n')}\n` },
  );
  assert.equal(wrote.status, 0, wrote.stderr);

  const queued = await runEidolon(['write', 'queue', 'ada', 'harbour', '--json'], { home });
  assert.equal(queued.status, 0, queued.stderr);
  const { draft } = JSON.parse(queued.stdout);
  const review = new Terminal([process.execPath, BIN, 'review', 'ada'], { rows: 40, env: { EIDOLON_HOME: home } });
  await review.shows(new RegExp(`draft ${draft} ·[\\s\\S]*The harbour, in winter,`));
  review.type('1');
  await review.shows(new RegExp(`Draft ${draft} is approved`));
  review.type('q');
  await review.exit;
  await using daemon = runDaemon(home);
  await daemon.logged((line) => line.msg === 'Published' && line.draft === draft);

  const posts = server.posts.map(({ status, source }) => ({
    id: status.id,
    to: status.inReplyToId,
    text: source.text,
  }));
  assert.ok(posts.length >= 3, `${posts.length} posts`);
  for (const [index, { to, text }] of posts.entries()) {
    assert.equal(to, posts[index - 1]?.id ?? null);
    assert.ok([...text].length <= 500);
  }
  const [{ text }] = JSON.parse(
    (await runEidolon(['queue', 'list', '--status', 'published', '--json'], { home })).stdout,
  );
  const words = (said: string) => said.split(/\s+/).join(' ');
  assert.equal(words(posts.map((post) => post.text).join(' ')), words(text));
  for (const sentence of TALE) assert.ok(words(text).includes(sentence), sentence);
  const { visibility } = server.posts[1]!.status;
  assert.equal(visibility, 'unlisted');
});

/** A thread is longer than what it may usually write. */
function longer(settings: string): void {
  writeFileSync(settings, readFileSync(settings, 'utf8').replace('max: 500', 'max: 5000'));
}
