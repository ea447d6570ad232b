import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { holderOf, presentHolder, takeExclusiveLock } from '../../src/store/exclusive-lock.ts';

const home = mkdtempSync(path.join(tmpdir(), 'lock-'));
after(() => rmSync(home, { recursive: true }));

test('a lock is held once, and free again when it is released', () => {
  const file = path.join(home, 'deep/lock');

  const first = takeExclusiveLock(file);
  const second = takeExclusiveLock(file);
  first?.release();
  const third = takeExclusiveLock(file);

  assert.ok(first && third);
  assert.equal(second, undefined);
  assert.equal(holderOf(file), process.pid);
  third.release();
});

test('the lock of a process that is killed is free at once', async () => {
  const file = path.join(home, 'killed');
  const module = path.resolve(import.meta.dirname, '../../src/store/exclusive-lock.ts');
  const program = `const { takeExclusiveLock } = await import(${JSON.stringify(module)});
    globalThis.lock = takeExclusiveLock(${JSON.stringify(file)});
    console.log('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  assert.equal(takeExclusiveLock(file), undefined);
  assert.equal(holderOf(file), child.pid);

  child.kill('SIGKILL');
  await once(child, 'exit');

  const lock = takeExclusiveLock(file);
  assert.ok(lock);
  lock.release();
});

test('a lock whose holder has not signed yet has no holder to name, and is held all the same', () => {
  const file = path.join(home, 'unsigned');
  const database = new DatabaseSync(file);
  database.exec('begin exclusive');

  assert.equal(presentHolder(file), undefined);
  assert.equal(holderOf(file), undefined);
  assert.equal(takeExclusiveLock(file), undefined);
  database.close();
});
