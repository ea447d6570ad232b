import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oneAtATime } from '../../src/daemon/one-at-a-time.ts';
import { WorldError } from '../../src/errors.ts';

const never = new AbortController().signal;

test('tasks run one after the other, also after one that failed', async () => {
  const line = oneAtATime(9);
  const events: string[] = [];
  const task = (name: string) => async () => {
    events.push(`${name} begins`);
    await Promise.resolve();
    events.push(`${name} ends`);
  };

  const failing = line.run(() => Promise.reject(new Error('first')), never);
  await Promise.all([assert.rejects(failing, /first/), line.run(task('a'), never), line.run(task('b'), never)]);

  assert.deepEqual(events, ['a begins', 'a ends', 'b begins', 'b ends']);
});

test('a task that is cancelled while it waits never begins, and the next one does', async () => {
  const line = oneAtATime(9);
  const gate = Promise.withResolvers<void>();
  const cancel = new AbortController();
  let began = false;
  const first = line.run(() => gate.promise, never);
  const second = line.run(async () => {
    began = true;
  }, cancel.signal);
  const third = line.run(async () => 'third', never);

  cancel.abort();
  gate.resolve();

  await assert.rejects(second, { name: 'AbortError' });
  assert.equal(await third, 'third');
  assert.equal(began, false);
  await first;
});

test('what comes on top of a full line is refused as busy, to be tried again', async () => {
  const line = oneAtATime(1);
  const gate = Promise.withResolvers<void>();
  const first = line.run(() => gate.promise, never);
  await Promise.resolve(); // its turn has come
  const second = line.run(async () => {}, never);

  await assert.rejects(
    line.run(async () => {}, never),
    (error: unknown) => error instanceof WorldError && error.retryable && /busy/.test(error.message),
  );

  gate.resolve();
  await Promise.all([first, second]);
});
