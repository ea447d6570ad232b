import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { saidBefore } from '../../src/scoring/said-before.ts';

test('what one turn said already counts by how much of the text it is', () => {
  const turns = ['Is the kettle on the hob?', 'It is.'];

  assert.equal(saidBefore('The kettle on the hob!', turns), 1);
  assert.ok(saidBefore('The kettle on the hob has been cold since the morning, my dear.', turns) < 0.5);
  assert.equal(saidBefore('Nobody warms a pot.', turns), 0);
  assert.equal(saidBefore('Nobody warms a pot.', []), 0);
});

test('it is 1 of whatever was said, and never beyond', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(fc.string({ unit: 'grapheme' })), (text, turns) => {
      assert.equal(saidBefore(text, [...turns, text]), 1);
      assert.ok(saidBefore(text, turns) <= 1);
    }),
  );
});
