import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { loginMastodon } from '../../src/cli/login-mastodon.ts';
import { keepSecret } from '../../src/environment.ts';
import { UserError } from '../../src/errors.ts';
import { type MastodonServer, mastodonServer } from '../publishing/servers/mastodon-server.ts';

function loginTo(server: MastodonServer, askSecret: (url: string) => Promise<string>) {
  const home = mkdtempSync(path.join(tmpdir(), 'login-'));
  const said: string[] = [];
  const run = () =>
    loginMastodon({
      settings: {
        network: 'mastodon',
        server: server.url,
        token: 'ADA_TOKEN',
        replyVisibility: 'unlisted',
        budget: {},
      },
      say: (line) => void said.push(line),
      askSecret: () => askSecret(said.find((line) => line.startsWith('http'))!),
      keep: (variable, value) => keepSecret(home, variable, value),
    });
  return { run, said, file: path.join(home, '.env') };
}

test('a person opens a page, agrees and pastes a code; the token may do no more than the persona does', async () => {
  await using server = await mastodonServer();
  const { run, said, file } = loginTo(server, async (url) => ` ${await server.allow(url)}\n`);
  writeFileSync(file, '# mine\nOTHER=1\nADA_TOKEN=old\n', { mode: 0o644 });

  await run();

  assert.equal(readFileSync(file, 'utf8'), `# mine\nOTHER=1\nADA_TOKEN='${server.token}'\n`);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const scopes = new URL(said.find((line) => line.startsWith('http'))!).searchParams.get('scope');
  assert.equal(scopes, 'read:accounts read:follows read:statuses read:notifications write:statuses write:media');
  assert.ok(!said.join('\n').includes(server.token) && !said.join('\n').includes('planted-client-secret'));
});

for (const [what, code] of [
  ['a wrong code', 'nonsense'],
  ['no code', ''],
  ['a code with a line in it', 'one\ntwo'],
] as const) {
  test(`${what} is a line, and nothing is kept`, async () => {
    await using server = await mastodonServer();
    const { run, file } = loginTo(server, async () => code);

    await assert.rejects(run(), UserError);
    assert.throws(() => readFileSync(file), /ENOENT/);
  });
}

test('a code is good once', async () => {
  await using server = await mastodonServer();
  let code: string | undefined;
  const { run } = loginTo(server, async (url) => (code ??= await server.allow(url)));
  await run();

  await assert.rejects(run(), /does not take this code/);
});

test('an owner who allows less than is asked is told what is missing', async () => {
  await using server = await mastodonServer();
  const { run } = loginTo(server, async (url) => {
    const less = new URL(url);
    less.searchParams.set('scope', 'read:accounts write:statuses');
    return server.allow(less.href);
  });

  await assert.rejects(run(), /lacks read:follows, read:statuses, read:notifications, write:media/);
});

for (const isOther of ['page', 'json', 'no such endpoint', 'not found'] as const) {
  test(`a server that is no Mastodon, and answers with ${isOther}, is a line`, async () => {
    await using server = await mastodonServer();
    server.settings.isOther = isOther;

    await assert.rejects(loginTo(server, async () => 'code').run(), {
      name: 'UserError',
      message: /answered without the app that a Mastodon server makes$/,
      hint: /\/about/,
    });
  });
}
