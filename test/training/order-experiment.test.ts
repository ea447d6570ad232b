import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderArms } from '../../src/training/order-experiment.ts';

const ARMS = orderArms({ mine: 'mine', other: 'twain', steps: { mine: 30, other: 70 } });
const armNamed = (name: string) => ARMS.find((arm) => arm.name === name)!;

test('every arm takes as many steps, and ends with texts of its own', () => {
  for (const { name, stages } of ARMS) {
    assert.equal(
      stages.reduce((sum, { steps }) => sum + steps!, 0),
      100,
      name,
    );
    assert.equal(Object.keys(stages.at(-1)!.corpora)[0], 'mine', name);
  }
});

test('others’ texts come first in order, and with the same share in the mixture', () => {
  assert.deepEqual(
    armNamed('order').stages.map(({ corpora }) => Object.keys(corpora)),
    [['twain'], ['mine']],
  );
  assert.deepEqual(armNamed('mixture').stages[0]!.corpora, { mine: 30, twain: 70 });
  assert.deepEqual(armNamed('mine alone').stages[0]!.corpora, { mine: 1 });
});
