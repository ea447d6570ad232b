import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { Worker } from 'node:worker_threads';
import { holdSessions, sharedSession } from '../../../src/publishing/bluesky/share-sessions.ts';

const MODULE = import.meta.resolve('../../../src/publishing/bluesky/share-sessions.ts');

/** Runs in a thread of its own, to its end. */
async function inThread(code: string): Promise<unknown> {
  const worker = new Worker(
    `import { parentPort } from 'node:worker_threads';
     import { shareSession, sharedSession } from ${JSON.stringify(MODULE)};
     parentPort.postMessage(${code} ?? null);`,
    { eval: true },
  );
  const [[answer]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  return answer;
}

/** What a thread shares has to reach this one before it reaches the next. */
async function untilThreadsSee(expected: unknown): Promise<void> {
  while (!isDeepStrictEqual(await inThread(`sharedSession('ada')`), expected));
}

test('a session made in one thread is there in the threads that begin after it, until it is over', {
  timeout: 60_000,
}, async (t) => {
  const held = holdSessions();
  t.after(() => held.close());

  await inThread(`shareSession('ada', { accessJwt: 'token' })`);
  await untilThreadsSee({ accessJwt: 'token' });
  await inThread(`shareSession('ada', undefined)`);
  await untilThreadsSee(null);

  assert.equal(sharedSession('ada'), undefined);
});

test('where nobody holds them, each thread has its own', async () => {
  await inThread(`shareSession('bob', { accessJwt: 'token' })`);

  assert.equal(await inThread(`sharedSession('bob')`), null);
});
