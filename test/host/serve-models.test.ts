import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { UserError } from '../../src/errors.ts';
import type { Waiter } from '../../src/host/host-calls.ts';
import { openModels } from '../../src/host/open-models.ts';
import { serveModels } from '../../src/host/serve-models.ts';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { weightBytes } from '../../src/model/weight-bytes.ts';
import { writeRandomAdapter } from '../model/random-adapter.ts';
import { writeRandomModel } from '../model/random-model.ts';

const home = mkdtempSync(path.join(tmpdir(), 'serve-models-'));
after(() => rmSync(home, { recursive: true }));
const [first, second, third] = [1, 2, 3].map((seed) => {
  return writeRandomModel(path.join(home, `model-${seed}`), { seed, n_positions: 256 });
}) as [string, string, string];
const adapter = writeRandomAdapter(path.join(home, 'adapter'), { base: second });
const huge = writeRandomModel(path.join(home, 'huge'), { n_embd: 64 });
const bytes = weightBytes(readModelFolder(first).weights);
const roomForOne = 1.5 * bytes;

interface Wish {
  readonly folder: string;
  readonly waiter?: Waiter;
  readonly tokens: number;
}

/** Asks for the first alone until it is being written, then for all others at once, and tells who was answered in which order. */
async function orderOf(wishes: Readonly<Record<string, Wish>>, budgetBytes: number): Promise<string[]> {
  const models = openModels({ budgetBytes });
  const served = serveModels({ models, maxWaiting: 8, now: () => 0, yieldTurn: () => turn() });
  const { signal } = new AbortController();
  const order: string[] = [];
  const ask = async ([name, { folder, waiter = 'post', tokens }]: [string, Wish]) => {
    const sampling = { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1, maxTokens: tokens };
    const request = { folder, waiter, prompt: 'A day', count: 8, seed: 7, sampling };
    await served.generate(request, signal).catch((error) => assert.ok(error instanceof UserError));
    order.push(name);
  };
  const [begun, ...others] = Object.entries(wishes);
  const asked = [ask(begun!)];
  while (served.figures().rows === 0) await turn();
  asked.push(...others.map(ask));
  await Promise.all(asked);
  await models.clear();
  return order;
}

test('posts of the model that is open do not go before a person whose model finds no room beside it', async () => {
  const order = await orderOf(
    {
      post: { folder: first, tokens: 100 },
      person: { folder: second, waiter: 'person', tokens: 5 },
      next: { folder: first, tokens: 5 },
    },
    roomForOne,
  );

  assert.deepEqual(order, ['post', 'person', 'next']);
});

test('of those that are as urgent, one that finds no room is let in before those that came later', async () => {
  const order = await orderOf(
    {
      begun: { folder: first, tokens: 100 },
      other: { folder: second, tokens: 5 },
      later: { folder: first, tokens: 5 },
    },
    roomForOne,
  );

  assert.deepEqual(order, ['begun', 'other', 'later']);
});

test('an adapter waits like a model where its base finds no room', async () => {
  const order = await orderOf(
    {
      begun: { folder: first, tokens: 100 },
      adapter: { folder: adapter, tokens: 5 },
      later: { folder: first, tokens: 5 },
    },
    roomForOne,
  );

  assert.deepEqual(order, ['begun', 'adapter', 'later']);
});

test('a model that can never fit is refused at once, and keeps nobody waiting', async () => {
  const order = await orderOf(
    {
      begun: { folder: first, tokens: 100 },
      refused: { folder: huge, waiter: 'person', tokens: 5 },
      later: { folder: first, tokens: 5 },
    },
    roomForOne,
  );

  assert.deepEqual(order, ['refused', 'later', 'begun']);
});

test('while a person is written for, the batch of a less urgent request on another model stands still', async () => {
  const order = await orderOf(
    {
      post: { folder: first, tokens: 20 },
      person: { folder: second, waiter: 'person', tokens: 100 },
    },
    4 * bytes,
  );

  assert.deepEqual(order, ['person', 'post']);
});

test('of those that wait for room, the most urgent is let in first, whoever came first', async () => {
  const order = await orderOf(
    {
      begun: { folder: first, tokens: 20 },
      post: { folder: second, tokens: 5 },
      person: { folder: third, waiter: 'person', tokens: 5 },
    },
    roomForOne,
  );

  assert.deepEqual(order, ['begun', 'person', 'post']);
});

test('a score that is cancelled in its middle ends before its next batch', async () => {
  const models = openModels({ budgetBytes: roomForOne });
  const cancel = new AbortController();
  let turns = 0;
  const yieldTurn = async () => {
    if (++turns === 3) cancel.abort();
    await turn();
  };
  const served = serveModels({ models, maxWaiting: 8, now: () => 0, yieldTurn });
  const texts = Array.from({ length: 100 }, () => 'He went home again. '.repeat(20)); // ten batches and more

  await assert.rejects(served.score({ folder: first, texts }, cancel.signal), { name: 'AbortError' });

  await served.idle();
  await models.clear();
  assert.ok(turns < 6, `${turns} turns`);
});
