import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
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

test('a session made in one thread is there in the threads that begin after it, until it is over', async (t) => {
  const held = holdSessions();
  t.after(() => held.close());

  await inThread(`shareSession('ada', { accessJwt: 'token' })`);
  const later = await inThread(`sharedSession('ada')`);
  await inThread(`shareSession('ada', undefined)`);

  assert.deepEqual(later, { accessJwt: 'token' });
  assert.equal(await inThread(`sharedSession('ada')`), null);
  assert.equal(sharedSession('ada'), undefined);
});

test('where nobody holds them, each thread has its own', async () => {
  await inThread(`shareSession('bob', { accessJwt: 'token' })`);

  assert.equal(await inThread(`sharedSession('bob')`), null);
});
