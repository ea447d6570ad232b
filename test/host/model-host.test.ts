import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { pino } from 'pino';
import { UserError, WorldError } from '../../src/errors.ts';
import { startModelHost } from '../../src/host/model-host.ts';
import { createLog } from '../../src/log.ts';
import { writeRandomAdapter } from '../model/random-adapter.ts';
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
  await using host = disposable(startModelHost(log, { maxWaiting: 1, places: 8 }));
  await host.generate(request);
  const writing = host.generate(long);
  while ((await host.figures()).rows === 0);

  const answers = await Promise.allSettled([writing, host.generate(request), host.generate(request)]);

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

test('what a thread was asked when it died is asked once more, and answered as it would have been', async () => {
  const threads = startedThreads();
  await using host = disposable(startModelHost(log));
  await host.generate(request);
  const writing = host.generate(long);
  while ((await host.figures()).rows === 0);

  die(threads[0]!);

  const { generated } = await writing;
  const { restarts } = await host.figures();
  assert.deepEqual(generated, (await host.generate(long)).generated);
  assert.deepEqual([threads.length, restarts], [2, 1]);
});

test('a request whose thread dies again fails, to be tried again later, and the next one is served', async () => {
  const threads = startedThreads();
  await using host = disposable(startModelHost(log));
  const lost = assert.rejects(host.generate(long), (error) => error instanceof WorldError && error.retryable);

  for (const index of [0, 1]) {
    while (threads.length <= index) await new Promise((resolve) => setImmediate(resolve));
    die(threads[index]!);
  }

  await lost;
  assert.equal((await host.generate(request)).generated.length, 3);
});

test('a request that is not answered by its deadline fails, to be tried again', async () => {
  await using host = disposable(startModelHost(log));

  const late = host.generate({ ...long, deadlineMs: 0 });

  await assert.rejects(
    late,
    (error) => error instanceof WorldError && error.retryable && /within 0/.test(error.message),
  );
  assert.equal((await host.generate(request)).generated.length, 3);
});

test('a score that is not done by its deadline ends between two batches, and the next request is served', async () => {
  await using host = disposable(startModelHost(log));
  await host.generate(request); // the model is open
  const texts = Array.from({ length: 1000 }, () => 'He went home again. '.repeat(20)); // far longer than its deadline

  const late = host.score({ folder: small, texts, deadlineMs: 50 });

  await assert.rejects(late, (error) => error instanceof WorldError && /within 0.05/.test(error.message));
  assert.equal((await host.generate(request)).generated.length, 3);
});

test('a person at a prompt is answered before a reply, and a reply before a post, whoever came first', async () => {
  await using host = disposable(startModelHost(log, { places: 2 }));
  await host.generate(request);
  const answered: string[] = [];
  const ask = async (waiter: 'person' | 'reply' | 'post') => {
    await host.generate({ ...long, waiter });
    answered.push(waiter);
  };

  await Promise.all([ask('post'), ask('reply'), ask('person')]);

  assert.deepEqual(answered, ['person', 'reply', 'post']);
});

test('a request that comes when the host is closing is told that it stopped, and starts no thread', async () => {
  const threads = startedThreads();
  const host = startModelHost(log);
  await host.generate(request);

  const closing = host.close();
  const late = host.generate(request);

  const isStopped = (error: unknown) => error instanceof WorldError && error.retryable && /stopped/.test(error.message);
  await assert.rejects(late, isStopped);
  await closing;
  await assert.rejects(host.score({ folder: small, texts: ['A day.'] }), isStopped);
  assert.equal(threads.length, 1);
});

test('a line is full of posts: a person takes the place of the last of them', async () => {
  await using host = disposable(startModelHost(log, { maxWaiting: 2, places: 8 }));
  const asked = [
    ...[1, 2].map((seed) => host.generate({ ...long, seed })),
    host.generate({ ...request, waiter: 'person' }),
  ];

  const answers = await Promise.allSettled(asked);

  assert.deepEqual(
    answers.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});

test('adapters share the base that they stand on, and one that is new is used without opening the base again', async () => {
  await using host = disposable(startModelHost(log));
  const folders = [1, 2].map((seed) => writeRandomAdapter(path.join(home, `taught-${seed}`), { base: small, seed }));
  await host.generate({ ...request, folder: folders[0]! });
  const before = await host.figures();

  const [one, two, base] = await Promise.all(
    [...folders, small].map((folder) => host.generate({ ...request, folder })),
  );

  const { models } = await host.figures();
  const texts = [one, two, base].map((answer) => answer!.generated.map(({ text }) => text).join());
  assert.equal(new Set(texts).size, 3);
  assert.deepEqual(
    [before.models, models].map((held) => held.map(({ folder }) => path.basename(folder)).toSorted()),
    [
      ['small', 'taught-1'],
      ['small', 'taught-1', 'taught-2'],
    ],
  );
});

test('a prompt that is longer than the context is cut, and that is logged', async () => {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line) };
  await using host = disposable(startModelHost(pino({ level: 'info' }, stream)));

  await host.generate({ ...request, prompt: 'He went home again. '.repeat(60) });

  assert.match(lines.join(), /"model":"small","tokens":\d+,.*longer than its model's context/);
});

test('figures tell what was written, how fast, and how long the first token took', async () => {
  await using host = disposable(startModelHost(log));
  const { generated } = await host.generate(request);

  const { tokens, steps, tokensPerSecond, firstToken, requests, models, rows, waiting } = await host.figures();

  const written = generated.reduce((sum, text) => sum + text.tokens + (text.finish === 'end-of-text' ? 1 : 0), 0);
  assert.deepEqual([tokens, rows, waiting, firstToken.count], [written, 0, 0, 1]);
  assert.deepEqual(requests, { answered: 1, failed: 0, refused: 0 });
  assert.ok(steps >= 9 && tokensPerSecond! > 0 && firstToken.seconds > 0 && models.length === 1);
});

test('another thread reaches the same host by a port of its own', async () => {
  await using host = disposable(startModelHost(log));
  const script = `
    import { parentPort } from 'node:worker_threads';
    import { connectModelHost } from ${JSON.stringify(new URL('../../src/host/connect-model-host.ts', import.meta.url))};
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
  return { ...host, [Symbol.asyncDispose]: () => host.close() };
}

/** The threads that are started from now on. */
function startedThreads(): readonly Worker[] {
  const threads: Worker[] = [];
  const note = (thread: Worker) => threads.push(thread);
  process.on('worker', note);
  after(() => process.off('worker', note));
  return threads;
}

/** Between two steps, of an error that nothing catches. */
function die(thread: Worker): void {
  thread.postMessage(null);
}
