import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { toyHome, writePersona } from '../daemon/toy-home.ts';
import { HANDLE, PASSWORD, startBluesky } from '../publishing/servers/bluesky-server.ts';
import { type MastodonServer, mastodonServer } from '../publishing/servers/mastodon-server.ts';
import { startXServer } from '../publishing/servers/x-server.ts';
import { SECRETS } from '../publishing/x/x-account.ts';
import { Terminal } from '../terminal.ts';
import { runEidolon } from './run-eidolon.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');

const settingsOf = (home: string) => readFileSync(path.join(home, 'personas', 'ada', 'persona.yaml'), 'utf8');
const environmentOf = (home: string) => readFileSync(path.join(home, '.env'), 'utf8');
const login = (home: string, ...argv: readonly string[]) =>
  new Terminal([process.execPath, BIN, 'account', 'login', 'ada', ...argv], {
    columns: 500,
    rows: 60,
    env: { EIDOLON_HOME: home },
  });
/** The newest page that is shown. */
const pageOn = (screen: string) => screen.match(/http\S+oauth\S+/g)!.at(-1)!;

function mastodonHome({ url }: Pick<MastodonServer, 'url'>, token = ''): string {
  const home = toyHome();
  writePersona(home, 'ada', `account: { network: mastodon, server: '${url}', token: ADA_TOKEN }`);
  if (token !== '') writeFileSync(path.join(home, '.env'), `ADA_TOKEN=${token}\n`, { mode: 0o600 });
  return home;
}

test('at a terminal, a person gives a persona its account on Mastodon and has it marked; no code or token is shown', async () => {
  await using server = await mastodonServer();
  server.settings.isBot = false;
  const home = toyHome('ada');
  writeFileSync(path.join(home, '.env'), '# mine\nOTHER=1\n', { mode: 0o644 });
  const terminal = login(home);

  await terminal.shows(/Its network: mastodon, x or bluesky:$/m);
  terminal.type('mastodon\r');
  await terminal.shows(/Its server, such as mastodon\.social:$/m);
  terminal.type(`${server.url}/@ada\r`);
  const code = await server.allow(pageOn(await terminal.shows(/The code \(not shown\):$/m)));
  terminal.type(`${code}\r`);
  await terminal.shows(/Mark the account as automated now\? .*\(y\/n\) \[y\]:/);
  terminal.type('\r');
  const second = await server.allow(
    pageOn(await terminal.shows(/as the same account[\s\S]*The code \(not shown\):$/m)),
  );
  terminal.type(`${second}\r`);
  await terminal.shows(/Write this into persona\.yaml\? \(y\/n\) \[y\]:/);
  terminal.type('y\r');
  const { exitCode } = await terminal.exit;

  const { screen } = terminal;
  assert.equal(exitCode, 0);
  assert.match(screen, /ada posts to mastodon as @ada@127/);
  assert.match(
    screen,
    /ok {2}automated: marked as automated\nok {2}disclosure: .*\nok {2}scopes: the token may read:accounts/,
  );
  assert.match(screen, /500 characters a post[\s\S]*It costs nothing[\s\S]*ADA_MASTODON_TOKEN/);
  for (const secret of [code, second, server.token, 'planted']) assert.ok(!screen.includes(secret));
  assert.equal(environmentOf(home), `# mine\nOTHER=1\nADA_MASTODON_TOKEN='${server.token}'\n`);
  assert.equal(statSync(path.join(home, '.env')).mode & 0o777, 0o600);
  assert.match(
    settingsOf(home),
    /\naccount:\n {2}network: mastodon\n {2}server: http:.*\n {2}token: ADA_MASTODON_TOKEN\n$/,
  );
  assert.equal(server.settings.isBot, true);
  assert.equal(server.narrowTokens.size, 0, 'the permission to change the profile is given back');
});

test('a person who leaves with Ctrl-C changes nothing', async () => {
  await using server = await mastodonServer();
  const home = toyHome('ada');
  const before = settingsOf(home);
  const terminal = login(home, '--network', 'mastodon', '--server', server.url);

  await terminal.shows(/The code \(not shown\):$/m);
  terminal.type('half a co\x03');
  const { exitCode } = await terminal.exit;

  assert.equal(exitCode, 1);
  assert.match(terminal.screen, /error: Nothing was changed: the questions were left/);
  assert.equal(settingsOf(home), before);
  assert.throws(() => environmentOf(home), /ENOENT/);
});

test('a program logs in by JSON lines: it is told the page, answers with the code, and reads the account', async () => {
  await using server = await mastodonServer();
  const home = toyHome('ada');
  const flags = ['--network', 'mastodon', '--server', server.url, '--yes', '--json'];
  let page = '';

  const { status, stdout, stderr } = await runEidolon(['account', 'login', 'ada', ...flags], {
    home,
    answer: async (line) => {
      const { says, asks } = JSON.parse(line);
      if (says?.startsWith('http')) page = says;
      return asks === 'The code' ? server.allow(page) : undefined;
    },
  });

  assert.equal(status, 0, stderr);
  const { done } = JSON.parse(stdout.trim().split('\n').at(-1)!);
  assert.deepEqual(
    [done.account.name.startsWith('@ada@'), done.written, done.variables, done.settings.token],
    [true, true, ['ADA_MASTODON_TOKEN'], 'ADA_MASTODON_TOKEN'],
  );
  assert.deepEqual(
    done.findings.map((one: { subject: string; ok: boolean }) => [one.subject, one.ok]),
    ['account', 'automated', 'disclosure', 'scopes'].map((subject) => [subject, true]),
  );
  assert.ok(!(stdout + stderr).includes(server.token));
});

test('an app password from a file is kept, and persona.yaml written only where that was said', async (t) => {
  const server = await startBluesky(t);
  const home = toyHome('ada');
  const before = settingsOf(home);
  const argv = ['account', 'login', 'ada', '--network', 'bluesky', '--handle', `@${HANDLE}`, '--server', server.url];

  const first = await runEidolon(argv, { home, input: `${PASSWORD}\n` });
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stderr, /persona\.yaml is as it was\. To post there, it needs:\naccount:\n {2}network: bluesky/);
  assert.equal(settingsOf(home), before);
  assert.equal(environmentOf(home), `ADA_BLUESKY_PASSWORD='${PASSWORD}'\n`);

  const second = await runEidolon([...argv, '--yes'], { home, input: `${PASSWORD}\n` });
  assert.equal(second.status, 0, second.stderr);
  assert.match(second.stdout, new RegExp(`ada posts to bluesky as @${HANDLE}`));
  assert.match(settingsOf(home), /network: bluesky/);
  const shown = await runEidolon(['account', 'show', 'ada', '--json'], { home });
  assert.equal(JSON.parse(shown.stdout).account.name, `@${HANDLE}`);
  assert.ok(![first, second, shown].some(({ stdout, stderr }) => (stdout + stderr).includes(PASSWORD)));
});

test('credentials that turn out to be no good are not kept, and those of before stay', async (t) => {
  await using mastodon = await mastodonServer();
  const bluesky = await startBluesky(t);
  const home = toyHome('ada');
  const before = settingsOf(home);
  const argv = ['account', 'login', 'ada', '--yes'];
  const onBluesky = [...argv, '--network', 'bluesky', '--handle', HANDLE, '--server', bluesky.url];
  const good = `ADA_BLUESKY_PASSWORD='${PASSWORD}'`;

  const never = await runEidolon(onBluesky, { home, input: 'aaaa-bbbb-cccc-dddd\n' });
  const emptied = environmentOf(home);
  writeFileSync(path.join(home, '.env'), `${good}\n# mine\n`);
  const mistyped = await runEidolon(onBluesky, { home, input: 'aaaa-bbbb-cccc-dddd\n' });
  mastodon.settings.isSuspended = true;
  let page = '';
  const suspended = await runEidolon([...argv, '--json', '--network', 'mastodon', '--server', mastodon.url], {
    home,
    answer: async (line) => {
      const { says, asks } = JSON.parse(line);
      if (says?.startsWith('http')) page = says;
      return asks === 'The code' ? mastodon.allow(page) : undefined;
    },
  });

  for (const { status, stderr } of [never, mistyped, suspended]) {
    assert.equal(status, 1);
    assert.match(stderr, /Log in again; \.env and persona\.yaml are as they were/);
  }
  assert.equal(emptied, '');
  assert.equal(environmentOf(home), `${good}\n# mine\n`);
  assert.equal(settingsOf(home), before);
});

test('X by keys: what its rules ask and what it costs is told before anything is typed', async () => {
  await using server = await startXServer();
  const home = toyHome('ada');
  const terminal = login(home, '--network', 'x', '--server', server.url, '--with', 'keys');

  const first = await terminal.shows(/API key \(not shown\):$/m);
  assert.match(
    first,
    /approved generated posts[\s\S]*«Automated»[\s\S]*only to those who[\s\S]*\$0\.015, with a link \$0\.200/,
  );
  for (const [variable, next] of [
    ['APP_KEY', /API key secret \(not shown\):$/m],
    ['APP_SECRET', /Access token, .*\(not shown\):$/m],
    ['ACCESS_TOKEN', /Access token secret \(not shown\):$/m],
    ['ACCESS_SECRET', /Write this into persona\.yaml/],
  ] as const) {
    terminal.type(`${SECRETS[variable]}\r`);
    await terminal.shows(next);
  }
  terminal.type('\r');
  const { exitCode } = await terminal.exit;

  assert.equal(exitCode, 0);
  assert.match(terminal.screen, /ada posts to x as @ada/);
  assert.match(terminal.screen, /ok {2}automated: x does not tell/);
  assert.match(terminal.screen, /fix budget: nothing limits what it may cost/);
  assert.ok(!terminal.screen.includes('planted'));
  assert.match(environmentOf(home), /^ADA_X_APP_KEY='planted-app-key'\nADA_X_APP_SECRET=/);
  assert.match(settingsOf(home), /\n {2}network: x\n {2}appKey: ADA_X_APP_KEY\n/);
});

test('X by consent: the browser comes back to this machine, and the account is verified with the new token', async () => {
  await using server = await startXServer();
  const home = toyHome('ada');
  const argv = ['--network', 'x', '--server', server.url, '--with', 'consent', '--port', '0', '--yes'];
  const terminal = login(home, ...argv);

  await terminal.shows(/Client id \(not shown\):$/m);
  terminal.type(`${SECRETS.CLIENT}\r`);
  await terminal.shows(/Client secret \(not shown\):$/m);
  terminal.type(`${SECRETS.CLIENT_SECRET}\r`);
  const page = new URL(pageOn(await terminal.shows(/oauth2\/authorize\S+/)).replace(/\s/g, ''));
  const back = `${page.searchParams.get('redirect_uri')}?state=${page.searchParams.get('state')}&code=good`;
  assert.equal((await fetch(back)).status, 200);
  const { exitCode } = await terminal.exit;

  assert.equal(exitCode, 0, terminal.screen);
  assert.match(environmentOf(home), /^ADA_X_REFRESH_TOKEN='refresh-1'\nADA_X_TOKEN='access-1'\nADA_X_CLIENT_ID=/);
  assert.match(settingsOf(home), /refreshToken: ADA_X_REFRESH_TOKEN/);
});

test('what is not well with an account is told with its remedy, and verify ends with 1', async () => {
  await using server = await mastodonServer();
  Object.assign(server.settings, { isBot: false, note: '<p>Ada</p>', scopes: ['read', 'write', 'follow'] });
  const home = mastodonHome(server, server.token);

  const shown = await runEidolon(['account', 'show', 'ada'], { home });
  const verified = await runEidolon(['account', 'verify', 'ada', '--json'], { home });
  const doctor = await runEidolon(['doctor', '--accounts', '--json'], { home });

  assert.equal(shown.status, 0, shown.stderr);
  assert.match(shown.stdout, /fix automated: not marked as automated\n {4}Preferences/);
  assert.match(shown.stdout, /fix disclosure: .*\n {4}Say in the profile who runs it/);
  assert.match(shown.stdout, /fix scopes: .*\n {4}It is wider than needed \(read, write, follow\)/);
  assert.equal(verified.status, 1);
  assert.deepEqual(
    JSON.parse(verified.stdout).findings.map(({ ok }: { ok: boolean }) => ok),
    [true, false, false, false],
  );
  assert.equal(doctor.status, 1);
  const subjects = JSON.parse(doctor.stdout).findings.filter(({ ok }: { ok: boolean }) => !ok);
  assert.deepEqual(
    subjects.map(({ subject }: { subject: string }) => subject),
    ['ada on mastodon: automated', 'ada on mastodon: disclosure', 'ada on mastodon: scopes'],
  );
});

const wrong: readonly [what: string, break_: (server: MastodonServer) => void, line: RegExp][] = [
  ['a revoked token', ({ settings }) => Object.assign(settings, { isRevoked: true }), /no longer takes the token/],
  ['a suspended account', ({ settings }) => Object.assign(settings, { isSuspended: true }), /has suspended @ada/],
  [
    'a token that may too little',
    ({ settings }) => Object.assign(settings, { scopes: ['read:accounts'] }),
    /lacks read:follows, read:statuses, read:notifications, write:statuses, write:media: log in again/,
  ],
  [
    'a page that is no Mastodon',
    ({ settings }) => Object.assign(settings, { isOther: 'page' }),
    /answered without what it was asked for/,
  ],
  ['JSON that is no Mastodon', ({ settings }) => Object.assign(settings, { isOther: 'json' }), /answered without what/],
  [
    'a server that is no Mastodon and knows no such address',
    ({ settings }) => Object.assign(settings, { isOther: 'no such endpoint' }),
    /answered without what/,
  ],
  [
    'a server that is no Mastodon and answers 404 in its own way',
    ({ settings }) => Object.assign(settings, { isOther: 'not found' }),
    /answered without what/,
  ],
];
for (const [what, break_, line] of wrong) {
  test(`${what} is one line and exit code 1`, async () => {
    await using server = await mastodonServer();
    break_(server);

    const { status, stdout, stderr } = await runEidolon(['account', 'verify', 'ada'], {
      home: mastodonHome(server, server.token),
    });

    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, line);
    assert.match(stderr, /^error: [^\n]*\n {2}[^\n]*\n$/);
    assert.doesNotMatch(stderr, /may pass/);
    if (what.includes('no Mastodon')) assert.match(stderr, /Look at http:\S+\/about in a browser/);
    assert.ok(!stderr.includes(server.token));
  });
}

const refused: readonly [what: string, argv: readonly string[], line: RegExp][] = [
  ['plain http', ['--network', 'mastodon', '--server', 'http://example.social'], /account\.server: expected .*https:/],
  ['no address', ['--network', 'mastodon', '--server', 'not a server'], /account\.server: expected/],
  ['no server', ['--network', 'mastodon'], /expected --server/],
  ['no network', [], /expected --network/],
  [
    'nobody there',
    ['--network', 'mastodon', '--server', 'http://127.0.0.1:65531'],
    /cannot be reached \(ECONNREFUSED\)/,
  ],
  [
    'a wrong handle',
    ['--network', 'bluesky', '--handle', 'ada', '--server', 'http://127.0.0.1:65531'],
    /account\.handle/,
  ],
];
for (const [what, argv, line] of refused) {
  test(`a login with ${what} is one line, and nothing is kept`, async () => {
    const home = toyHome('ada');

    const { status, stderr } = await runEidolon(['account', 'login', 'ada', ...argv], { home });

    assert.equal(status, 1);
    assert.match(stderr, line);
    assert.throws(() => environmentOf(home), /ENOENT/);
  });
}

for (const isOther of ['page', 'json', 'no such endpoint', 'not found'] as const) {
  test(`a login to a server that is no Mastodon (${isOther}) is one line and where to look, and nothing is kept`, async () => {
    await using server = await mastodonServer();
    server.settings.isOther = isOther;
    const home = toyHome('ada');

    const { status, stderr } = await runEidolon(
      ['account', 'login', 'ada', '--network', 'mastodon', '--server', server.url],
      { home },
    );

    assert.equal(status, 1);
    assert.match(
      stderr,
      /^error: 127\.0\.0\.1:\d+ [^\n]*Mastodon[^\n]*\n {2}Look at http:[^\n]*about in a browser[^\n]*\n$/,
    );
    assert.throws(() => environmentOf(home), /ENOENT/);
  });
}

test('a variable that is set outside .env is told of: it would win over what is kept', async () => {
  await using server = await mastodonServer();

  const { status, stderr } = await runEidolon(['account', 'login', 'ada'], {
    home: mastodonHome(server),
    env: { ADA_TOKEN: 'of-the-shell' },
  });

  assert.equal(status, 1);
  assert.match(stderr, /ADA_TOKEN: expected to be set in \.env alone/);
  assert.ok(!stderr.includes('of-the-shell'));
});

test('missing credentials are told by the names of their variables', async () => {
  await using server = await mastodonServer();

  const { status, stderr } = await runEidolon(['account', 'show', 'ada'], { home: mastodonHome(server) });

  assert.equal(status, 1);
  assert.match(stderr, /ADA_TOKEN is not set\n {2}Put it in \.env: eidolon account login ada/);
});
