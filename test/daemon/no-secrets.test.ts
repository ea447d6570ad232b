/** Planted credentials turn up nowhere but in .env, though servers repeat them and posts fail in every way. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { networksHome } from './networks-home.ts';
import { BIN, runDaemon } from './running-daemon.ts';

/** The arguments of a process and of all that it started. */
function argumentsOf(pid: number): string[] {
  const read = (file: string) => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return ''; // it has ended
    }
  };
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
  return [read(`/proc/${pid}/cmdline`), ...children.flatMap((child) => argumentsOf(Number(child)))];
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

test('no credential is in any log, table, error or argument, whatever goes wrong', async (t) => {
  const { home, mastodon, x, bluesky, secrets } = await networksHome(t);
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
    seen.push(...argumentsOf(daemon.process.pid!));
  });
  await daemon.logged(({ msg }) => msg === 'Publishing: uncertain');
  await daemon.logged(({ msg }) => msg === 'Publishing: failed');
  await daemon.logged(({ msg }) => msg.startsWith('Out of order'));
  mastodon.settings.isRevoked = true; // and its refusal repeats the token
  await daemon.end('SIGKILL'); // what it had in its journal stays there

  const { spawnSync } = await import('node:child_process');
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
    ['arguments', seen.join('\n')],
    ...filesIn(home)
      .filter((file) => path.basename(file) !== '.env' && !file.includes('models'))
      .map((file) => [file, readFileSync(file, 'latin1')] as const),
  ]);
  assert.ok(seen.length > 0 && said.includes('Publishing: failed'));
  assert.ok([...places.keys()].some((name) => name.endsWith('eidolon.db')));
  assert.ok([...places.keys()].some((name) => name.endsWith('eidolon.log')));
  for (const [place, text] of places) {
    for (const [name, value] of Object.entries(secrets)) assert.ok(!text.includes(value), `${name} is in ${place}`);
  }
});
