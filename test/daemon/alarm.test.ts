import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alarm } from '../../src/daemon/alarm.ts';

const NEVER = new AbortController().signal;
const LONG_MS = 3_600_000;

test('a wait ends when it rings, and one that rang before it began does not wait', async () => {
  const { ring, wait } = alarm();
  const waiting = wait(LONG_MS, NEVER);

  ring();
  await waiting;
  ring();
  await wait(LONG_MS, NEVER);
});

test('a ring ends one wait, and the next lasts its time', async () => {
  const { ring, wait } = alarm();
  ring();
  await wait(LONG_MS, NEVER);
  let isOver = false;

  const waiting = wait(LONG_MS, NEVER).then(() => {
    isOver = true;
  });
  await new Promise(setImmediate);

  assert.equal(isOver, false);
  ring();
  await waiting;
});

test('a signal ends it, before or while it waits', async () => {
  const controller = new AbortController();
  const waiting = alarm().wait(LONG_MS, controller.signal);

  controller.abort();
  await waiting;
  await alarm().wait(LONG_MS, controller.signal);
});
