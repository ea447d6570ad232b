import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { startModelHost } from '../../src/daemon/model-host.ts';
import { UserError, WorldError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import { writeRandomModel } from '../model/random-model.ts';

const home = mkdtempSync(path.join(tmpdir(), 'eidolon-host-'));
after(() => rmSync(home, { recursive: true, force: true }));
const small = writeRandomModel(path.join(home, 'small'), { n_positions: 256 });
const other = writeRandomModel(path.join(home, 'other'), { seed: 2 });

const log = createLog({ level: 'error' });
const sampling = { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1, maxTokens: 10 };
const request = { folder: small, prompt: 'A day', count: 3, seed: 7, sampling };
/** Long enough to be in the middle of for a while. */
const long = { ...request, count: 8, sampling: { ...sampling, maxTokens: 250 } };

test('a request is answered with its texts and the model that wrote them, the same for the same seed', async () => {
  await using host = disposable(startModelHost(log));

  const first = await host.generate(request);
  const second = await host.generate(request);

  assert.equal(first.model.name, 'small');
  assert.match(first.model.hash, /^[0-9a-f]{64}$/);
  assert.deepEqual(
    first.generated.map(({ seed }) => seed),
    [7, 8, 9],
  );
  assert.deepEqual(first, second);
});

test('texts are scored on the host too', async () => {
  await using host = disposable(startModelHost(log));

  const { scores } = await host.score({ folder: small, texts: ['A day.', 'A night, and then some.'] });

  assert.deepEqual(
    scores.map(({ hidden }) => hidden.length),
    [16, 16],
  );
});

test("an operator's error reaches the caller as one, and the host goes on", async () => {
  await using host = disposable(startModelHost(log));

  await assert.rejects(host.generate({ ...request, folder: path.join(home, 'missing') }), UserError);

  assert.equal((await host.generate(request)).generated.length, 3);
});

test('a request that is cancelled in its middle ends at once, and the next one is served', async () => {
  await using host = disposable(startModelHost(log));
  await host.generate(request); // the model is open
  const cancel = new AbortController();
  const cancelled = host.generate(long, cancel.signal);

  await host.figures(); // by now the request has arrived
  cancel.abort();

  await assert.rejects(cancelled, { name: 'AbortError' });
  assert.equal((await host.generate(request)).generated.length, 3);
});

test('more requests than may wait are refused as busy, to be tried again', async () => {
  await using host = disposable(startModelHost(log, { maxWaiting: 1 }));
  await host.generate(request);

  const answers = await Promise.allSettled([host.generate(long), host.generate(request), host.generate(request)]);

  assert.deepEqual(
    answers.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected'],
  );
  const { reason } = answers[2] as PromiseRejectedResult;
  assert.ok(reason instanceof WorldError && reason.retryable);
});

test('the least recently used model is let go when the next does not fit', async () => {
  const { models } = await figuresAfter([small, other], { budgetBytes: 1 << 30 });
  const bytes = Math.max(...models.map((model) => model.bytes));

  const tight = await figuresAfter([small, other], { budgetBytes: bytes });

  assert.deepEqual(
    [models, tight.models].map((held) => held.map(({ folder }) => path.basename(folder))),
    [['small', 'other'], ['other']],
  );
});

test('when the thread dies its requests can be tried again, and the next one starts it anew', async () => {
  await using host = disposable(startModelHost(log));
  await host.generate(request);
  const lost = assert.rejects(host.generate(long), (error) => error instanceof WorldError && error.retryable);
  await host.figures(); // by now the request has arrived

  await host.kill();

  await lost;
  assert.equal((await host.generate(request)).generated.length, 3);
});

test('another thread reaches the same host by a port of its own', async () => {
  await using host = disposable(startModelHost(log));
  const script = `
    import { parentPort } from 'node:worker_threads';
    import { connectModelHost } from ${JSON.stringify(new URL('../../src/daemon/model-host.ts', import.meta.url))};
    parentPort.once('message', async ({ port, request }) => {
      const host = connectModelHost(port);
      parentPort.postMessage((await host.generate(request)).generated.map(({ text }) => text));
      host.close();
    });`;
  const thread = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`));
  const port = host.connect();
  thread.postMessage({ port, request }, [port]);

  const texts = await new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject));

  assert.deepEqual(
    texts,
    (await host.generate(request)).generated.map(({ text }) => text),
  );
});

async function figuresAfter(folders: readonly string[], options: { budgetBytes: number }) {
  await using host = disposable(startModelHost(log, options));
  for (const folder of folders) await host.generate({ ...request, folder });
  return await host.figures();
}

function disposable(host: ReturnType<typeof startModelHost>) {
  return { ...host, kill: host.close, [Symbol.asyncDispose]: () => host.close() };
}
