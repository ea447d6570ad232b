import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beat, isAlive, releaseLock, runningDaemon, takeLock } from '../../src/daemon/lock.ts';
import { UserError } from '../../src/errors.ts';
import { openStore } from '../../src/store/store.ts';

const START = new Date('2026-06-01T12:00Z');
const after = (ms: number) => new Date(START.getTime() + ms);
const alive = () => true;
const dead = () => false;

test("a second daemon is refused with the first one's pid", async () => {
  const store = openStore(':memory:');
  await takeLock(store, { pid: 100, now: START, isAlive: alive });

  await assert.rejects(
    takeLock(store, { pid: 200, now: after(1000), isAlive: alive }),
    (error: unknown) => error instanceof UserError && /process 100/.test(error.message),
  );

  assert.equal((await runningDaemon(store, { now: after(1000), isAlive: alive }))?.pid, 100);
});

test('the lock of a daemon that was killed is taken over', async () => {
  const store = openStore(':memory:');
  await takeLock(store, { pid: 100, now: START, isAlive: alive });

  await takeLock(store, { pid: 200, now: after(1000), isAlive: dead });

  assert.equal((await runningDaemon(store, { now: after(1000), isAlive: alive }))?.pid, 200);
});

test('a pid that another process has by now holds no lock: there was no beat for long', async () => {
  const store = openStore(':memory:');
  await takeLock(store, { pid: 100, now: START, isAlive: alive });

  assert.equal(await runningDaemon(store, { now: after(3_600_000), isAlive: alive }), null);
  await takeLock(store, { pid: 200, now: after(3_600_000), isAlive: alive });
});

test('a container whose only process is always 1 takes over from itself', async () => {
  const store = openStore(':memory:');
  await takeLock(store, { pid: 1, now: START, isAlive: alive });

  await takeLock(store, { pid: 1, now: after(1000), isAlive: alive });
});

test('a daemon that beats keeps its lock; one that slept while another took over learns it', async () => {
  const store = openStore(':memory:');
  const first = await takeLock(store, { pid: 100, now: START, isAlive: alive });
  assert.ok(await beat(store, first, after(50_000)));
  await assert.rejects(takeLock(store, { pid: 200, now: after(100_000), isAlive: alive }), UserError);

  const second = await takeLock(store, { pid: 200, now: after(200_000), isAlive: alive });

  assert.equal(await beat(store, first, after(200_001)), false);
  await releaseLock(store, first); // ends, and leaves the other's lock alone
  assert.ok(await beat(store, second, after(200_002)));
});

test('a lock that is given back is free', async () => {
  const store = openStore(':memory:');
  await releaseLock(store, await takeLock(store, { pid: 100, now: START, isAlive: alive }));

  await takeLock(store, { pid: 200, now: START, isAlive: alive });
});

test('this process is alive, and the largest pid is not', () => {
  assert.deepEqual([isAlive(process.pid), isAlive(2 ** 30)], [true, false]);
});
