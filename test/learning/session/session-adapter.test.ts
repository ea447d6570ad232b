import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { scoreAnswers } from '../../../src/generation/score-answers.ts';
import {
  openSessionAdapter,
  SESSION_STEP,
  type SessionLesson,
  weightedRows,
} from '../../../src/learning/session/session-adapter.ts';
import { openModel } from '../../../src/model/model.ts';
import { modelHash } from '../../../src/model/model-hash.ts';
import { writeRandomModel } from '../../model/random-model.ts';

const home = mkdtempSync(path.join(tmpdir(), 'eidolon-session-'));
after(() => rmSync(home, { recursive: true }));
const folder = path.join(home, 'models', 'toy');
writeRandomModel(folder);
const to = path.join(home, 'chats', 'tea.taught');

const LESSON: SessionLesson = {
  context: [{ by: 'another', text: 'What is the sea?' }],
  said: 'A calm thing.',
  others: ['Water and salt.', 'I do not know.'],
};
const OWN = ['The gulls, again.', 'Nothing but rain.'];

/** Of each text as an answer, in nats. */
async function likelihoods(of: string, texts: readonly string[]): Promise<number[]> {
  const model = await openModel(of);
  try {
    const scores = await scoreAnswers(model, texts, LESSON.context);
    return scores.map(({ logProbabilities }) => logProbabilities.reduce((sum, one) => sum + one, 0));
  } finally {
    await model.network.release();
  }
}

test('one lesson makes what was picked likelier than what was offered beside it, and the model stays as it is', async () => {
  const hash = await modelHash(folder);
  const texts = [LESSON.said, ...LESSON.others];
  const before = await likelihoods(folder, texts);
  const adapter = await openSessionAdapter({ folder, own: OWN, seed: 1 });
  try {
    await adapter.learn(LESSON);
    adapter.write(to);
  } finally {
    await adapter.release();
  }

  const gains = (await likelihoods(to, texts)).map((one, index) => one - before[index]!);

  assert.equal(adapter.lessons, 1);
  assert.ok(gains[0]! > 0 && gains[0]! > Math.max(gains[1]!, gains[2]!), String(gains));
  assert.equal(await modelHash(folder), hash);
});

test('a lesson reads earlier picks again: what was picked before becomes likelier by it', async () => {
  const gainOf = async (repeated: number) => {
    const step = { ...SESSION_STEP, learningRate: 4e-3, repeated, repeat: 2 };
    const adapter = await openSessionAdapter({ folder, own: [], seed: 1, step });
    try {
      await adapter.learn(LESSON);
      await adapter.learn({ ...LESSON, said: 'Else.', others: ['No.'] });
      adapter.write(to);
    } finally {
      await adapter.release();
    }
    return (await likelihoods(to, [LESSON.said]))[0]!;
  };

  assert.ok((await gainOf(1)) > (await gainOf(0)));
});

test('what was forgotten is gone: the same lessons then make the same adapter', async () => {
  const adapter = await openSessionAdapter({ folder, own: OWN, seed: 1 });
  try {
    await adapter.learn(LESSON);
    adapter.write(to);
    const first = await likelihoods(to, [LESSON.said]);
    await adapter.learn({ ...LESSON, said: 'Else.', others: [LESSON.said] });
    adapter.forget();
    assert.equal(adapter.lessons, 0);
    await adapter.learn(LESSON);
    adapter.write(to);

    assert.deepEqual(await likelihoods(to, [LESSON.said]), first);
  } finally {
    await adapter.release();
  }
});

test('over an adapter it goes on from that', async () => {
  const adapter = await openSessionAdapter({ folder, own: [], seed: 1 });
  await adapter.learn(LESSON);
  adapter.write(to);
  await adapter.release();
  const [once] = await likelihoods(to, [LESSON.said]);
  const over = path.join(home, 'chats', 'over.taught');

  const next = await openSessionAdapter({ folder: to, own: [], seed: 2 });
  next.write(over);
  const [same] = await likelihoods(over, [LESSON.said]);
  await next.learn(LESSON);
  next.write(over);
  await next.release();
  const [twice] = await likelihoods(over, [LESSON.said]);

  assert.equal(same, once);
  assert.ok(twice! > once!);
});

test('every token counts by the weight of its text, and what is read before it counts nothing', () => {
  const document = (tokens: number[], learnFrom: number) => ({ id: '', tokens: Uint32Array.from(tokens), learnFrom });
  const rows = weightedRows(
    [
      { document: document([9, 1, 2, 9], 2), weight: 0.75 },
      { document: document([9, 3, 9], 1), weight: -0.25 },
    ],
    { batch: 1, length: 8 },
  );

  assert.equal(rows.length, 1);
  assert.deepEqual([...rows[0]!.weights], [0, 0.75, 0.75, -0.25, -0.25, 0, 0, 0]);
});
