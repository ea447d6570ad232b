import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeOf, explain } from '../../src/cli/explain.ts';
import { UserError, WorldError } from '../../src/errors.ts';

test("an operator's error is one line with its hint, and exit code 1", () => {
  const error = new UserError('No model in models/ada', { hint: 'Run: eidolon model list' });

  assert.equal(explain(error), 'error: No model in models/ada\n  Run: eidolon model list');
  assert.equal(exitCodeOf(error), 1);
});

test('what the world refused is one line too', () => {
  const error = new WorldError('The model host is busy', { retryable: true });

  assert.equal(explain(error), 'error: The model host is busy\n  It may pass: try again in a while');
  assert.equal(exitCodeOf(error), 1);
});

test('a bug keeps its stack, and exits with 3', () => {
  const error = new TypeError('x is not a function');

  assert.match(explain(error), /this is a bug in eidolon\nTypeError: x is not a function\n\s+at /);
  assert.equal(exitCodeOf(error), 3);
});
