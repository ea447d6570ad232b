import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError, WorldError } from '../../src/errors.ts';
import { packError, unpackError } from '../../src/host/thread-errors.ts';

const sent = (error: unknown) => unpackError(structuredClone(packError(error)));

test("an operator's error arrives with its hint", () => {
  const arrived = sent(new UserError('No model', { hint: 'Train one', cause: new Error('ENOENT') }));

  assert.ok(arrived instanceof UserError);
  assert.deepEqual([arrived.message, arrived.hint], ['No model', 'Train one']);
});

test("the world's error arrives with when to try again", () => {
  const arrived = sent(new WorldError('Busy', { retryable: true, retryAfterMs: 500 }));

  assert.ok(arrived instanceof WorldError);
  assert.deepEqual([arrived.message, arrived.retryable, arrived.retryAfterMs], ['Busy', true, 500]);
});

test('a cancelled request arrives as cancelled', () => {
  assert.equal(sent(new DOMException('stopped', 'AbortError')).name, 'AbortError');
});

test('a bug arrives with the stack of where it happened', () => {
  const bug = new TypeError('x is not a function');

  assert.equal(sent(bug).stack, bug.stack);
});
