import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { BIN, type LogLine, runDaemon } from './daemon/running-daemon.ts';
import { toyHome } from './daemon/toy-home.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const says = (msg: string) => (line: LogLine) => line.msg === msg;

test('on a toy model, a persona writes, is approved and posts', () => theMainJob(toyHome('ada'), 'ada'));

test('on its own model, so does Ambrose', () => theMainJob(homeOfAmbrose(), 'ambrose'));

async function theMainJob(home: string, persona: string): Promise<void> {
  await using daemon = runDaemon(home);
  const queued = await daemon.logged(says('A draft waits for your review'));
  const eidolon = commandIn(home);

  const [draft] = eidolon('queue', 'list', '--json');
  assert.deepEqual([draft.id, draft.persona, draft.status, draft.url], [queued.draft, persona, 'pending', null]);
  assert.deepEqual(eidolon('timeline', '--json'), []);

  eidolon('queue', 'approve', String(draft.id), '--json');
  await daemon.logged(says('Published'));

  const posts = eidolon('timeline', '--json');
  assert.deepEqual(
    posts.map((post: { persona: string; text: string }) => [post.persona, post.text]),
    [[persona, draft.candidates[0].text]],
  );
  const status = eidolon('status', '--json');
  assert.equal(status.daemon.pid, daemon.process.pid);
  assert.ok(status.personas[0].lastPost >= posts[0].publishedAt);
  assert.deepEqual(status.personas[0].acceptance, { accepted: 1, decided: 1 });
  const { code, ms } = await daemon.end('SIGTERM');
  assert.equal(code, 0);
  assert.ok(ms < 5000);
  assert.equal(eidolon('status', '--json').daemon, null);
}

/** Runs a command with --json in `home` and reads its answer. */
function commandIn(home: string) {
  return (...argv: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...argv], {
      env: { ...process.env, EIDOLON_HOME: home },
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout);
  };
}

/** The clone's example persona, which here does not wait for its owner to change his mind. */
function homeOfAmbrose(): string {
  const home = mkdtempSync(path.join(tmpdir(), 'eidolon-ambrose-'));
  after(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(path.join(home, 'personas'));
  symlinkSync(path.join(ROOT, 'models'), path.join(home, 'models'));
  const folder = path.join(home, 'personas', 'ambrose');
  cpSync(path.join(ROOT, 'personas', 'ambrose'), folder, { recursive: true });
  const settings = path.join(folder, 'persona.yaml');
  writeFileSync(settings, readFileSync(settings, 'utf8').replace(/^undo: .*$/m, 'undo: 0s'));
  return home;
}
