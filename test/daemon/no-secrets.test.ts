/** Planted credentials turn up nowhere but in .env, though servers repeat them and posts fail in every way. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { isAlive } from '../../src/daemon/lock.ts';
import { writeRandomModel } from '../model/random-model.ts';
import { HANDLE, startBluesky } from '../publishing/servers/bluesky-server.ts';
import { startXServer } from '../publishing/servers/x-server.ts';
import { approvedDraft, keepInEnvironmentFile, networksHome } from './networks-home.ts';
import { BIN, runDaemon } from './running-daemon.ts';
import { writePersona } from './toy-home.ts';

const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});

/** Of a process that may have ended meanwhile. */
function orGone<T>(read: () => T, gone: T): T {
  try {
    return read();
  } catch {
    return gone;
  }
}
const textOf = (file: string) => orGone(() => readFileSync(file, 'utf8'), '');

/** What a process started, by whichever of its threads. */
function childrenOf(pid: number): number[] {
  const threads = orGone(() => readdirSync(`/proc/${pid}/task`), []);
  return threads.flatMap((thread) =>
    textOf(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
}

/** The arguments of a process and of all that it started, and the environment of the latter. */
function seenOf(pid: number): string[] {
  const inherited = childrenOf(pid).flatMap((child) => [textOf(`/proc/${child}/environ`), ...seenOf(child)]);
  return [textOf(`/proc/${pid}/cmdline`), ...inherited];
}

/** Trains in a process of its own, and never ends by itself. */
function addNora(home: string): void {
  writeRandomModel(path.join(home, 'models', 'small'), { deviation: 0.02 });
  const train =
    "{ from: small, learningRate: 0.000001, stages: [{ corpora: { mine: 1 }, steps: 100000 }], nights: { every: 7d, between: '00:00-24:00' } }";
  writePersona(home, 'nora', `corpus: corpus.txt\ntrain: ${train}`);
  const texts = Array.from(
    { length: 200 },
    (_, index) => `The engine weaves algebra, number ${(index * 7919) % 1000}.`,
  );
  writeFileSync(path.join(home, 'personas', 'nora', 'corpus.txt'), texts.join('\n\n'));
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** Every report that Node knows of, into the home; the last by a main thread that runs out of memory. */
function letCrash(home: string): void {
  const crash = path.join(home, 'crash.mjs');
  writeFileSync(
    crash,
    `import { isMainThread } from 'node:worker_threads';
    const all = [];
    if (isMainThread) process.on('SIGWINCH', () => { for (;;) all.push(Array.from({ length: 1e5 }, () => ({}))); });`,
  );
  process.env.NODE_OPTIONS = [
    `--import ${crash}`,
    '--report-on-signal --report-signal=SIGUSR2 --report-on-fatalerror --report-uncaught-exception',
    `--report-directory=${home} --max-old-space-size=160`,
  ].join(' ');
}

/** X by OAuth 2: its access token has run out, and is renewed. */
async function addPat(home: string, secrets: Readonly<Record<string, string>>) {
  const server = await startXServer({ tokens: { access: 'planted-access-2-0', refresh: 'planted-refresh-2-0' } });
  const all = {
    ...secrets,
    PAT_SECRET: 'planted-client-secret-2',
    PAT_TOKEN: 'planted-old-2',
    PAT_REFRESH: 'planted-refresh-2-0',
  };
  keepInEnvironmentFile(home, { ...all, PAT_ID: 'client-of-pat' });
  const settings = 'clientId: PAT_ID, clientSecret: PAT_SECRET, token: PAT_TOKEN, refreshToken: PAT_REFRESH';
  writePersona(home, 'pat', `undo: 0s\naccount: { network: x, server: "${server.url}", ${settings} }`);
  await approvedDraft(home, 'pat');
  return { server, secrets: { ...all, PAT_TOKEN_NOW: 'planted-access-2-1', PAT_REFRESH_NOW: 'planted-refresh-2-1' } };
}

/** Bluesky, where sessions are old from the first moment, so that each is refreshed. */
async function addSky(t: TestContext, home: string) {
  const server = await startBluesky(t);
  server.tokenSeconds = 30;
  const settings = `network: bluesky, server: "${server.url}", handle: ${HANDLE}, password: BLUE_PASSWORD`;
  writePersona(home, 'sky', `undo: 0s\naccount: { ${settings} }`);
  await approvedDraft(home, 'sky');
  return server;
}

test('no credential is in any log, table, error, argument or crash report, whatever goes wrong', async (t) => {
  const { home, mastodon, x, bluesky, ...given } = await networksHome(t);
  const { server: otherX, secrets } = await addPat(home, given.secrets);
  t.after(() => otherX[Symbol.asyncDispose]());
  process.env.X_TOKEN_SECRET = given.secrets.X_TOKEN_SECRET; // of the shell
  process.env.HF_TOKEN = 'planted-token-of-the-hub';
  letCrash(home);
  const bluer = await addSky(t, home);
  addNora(home);
  mastodon.fail('POST /api/v1/statuses', 'done, then page 502');
  x.misbehaveOn('POST /2/tweets', 'echo'); // X repeats the headers of the request
  const faults = ['cuts the answer', 'HTML 502'] as const;
  let fault = 0;
  bluesky.misbehave = (method) => (method.endsWith('createSession') ? faults[fault++] : undefined);
  const seen: string[] = [];
  let said = '';

  await using daemon = runDaemon(home);
  daemon.process.stderr?.on('data', (piece) => {
    said += piece;
    seen.push(...seenOf(daemon.process.pid!));
  });
  const night = await daemon.logged(({ msg }) => msg.startsWith('Night work begins'));
  while (!seen.some((one) => /\0train\0nora\0/.test(one))) {
    seen.push(...seenOf(daemon.process.pid!));
    await setTimeout(20);
  }
  for (const name of ['pat', 'sky']) {
    await daemon.logged(({ msg, persona }) => msg === 'Published' && persona === name);
  }
  await daemon.logged(({ msg }) => msg === 'Publishing: uncertain');
  await daemon.logged(({ msg }) => msg === 'Publishing: failed');
  await daemon.logged(({ msg }) => msg.startsWith('Out of order'));
  mastodon.settings.isRevoked = true; // and its refusal repeats the token
  daemon.process.kill('SIGUSR2');
  await untilReports(home, 1);
  const { signal } = await daemon.end('SIGWINCH'); // what it had in its journal stays there
  assert.equal(signal, 'SIGABRT');
  await untilReports(home, 2);
  while (isAlive(night.pid!)) await setTimeout(20); // it ends when the daemon has

  delete process.env.NODE_OPTIONS;
  const env = { ...process.env, EIDOLON_HOME: home };
  const commands = [
    ['status'],
    ['status', '--json'],
    ['why', '1'],
    ['why', '2', '--json'],
    ['doctor'],
    ['queue', 'list'],
  ];
  for (const command of commands) {
    const { stdout, stderr } = spawnSync(process.execPath, [BIN, ...command], { encoding: 'utf8', env });
    said += stdout + stderr;
  }

  const places = new Map<string, string>([
    ['what it said', said],
    ['arguments, or an environment that was inherited', seen.join('\n')],
    ...filesIn(home)
      .filter((file) => path.basename(file) !== '.env' && !file.includes('models'))
      .map((file) => [file, readFileSync(file, 'latin1')] as const),
  ]);
  assert.ok(seen.length > 0 && said.includes('Publishing: failed'));
  assert.ok([...places.keys()].some((name) => name.endsWith('eidolon.db')));
  assert.ok([...places.keys()].some((name) => name.endsWith('eidolon.log')));
  const sessions = bluer.asked.flatMap(({ authorization = '' }) => authorization.replace('Bearer ', '') || []);
  assert.deepEqual([new Set(sessions).size >= 2, otherX.tokens().access], [true, secrets.PAT_TOKEN_NOW]);
  const planted = [
    ...Object.entries({ ...secrets, HF_TOKEN: process.env.HF_TOKEN! }),
    ...sessions.map((jwt) => ['a session', jwt] as const),
  ];
  for (const [place, text] of places) {
    for (const [name, value] of planted) assert.ok(!text.includes(value), `${name} is in ${place}`);
  }
});

/** Written by the process as it goes on, or ends. */
async function untilReports(home: string, count: number): Promise<void> {
  const whole = () =>
    readdirSync(home).filter((name) => {
      if (!/^report\..*\.json$/.test(name)) return false;
      try {
        return JSON.parse(readFileSync(path.join(home, name), 'utf8')) !== null;
      } catch {
        return false; // it is being written
      }
    });
  while (whole().length < count) await setTimeout(50);
}
