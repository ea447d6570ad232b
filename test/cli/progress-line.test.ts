import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosenAmong } from '../../src/cli/ask-whose.ts';
import { cleaningLine } from '../../src/cli/cleaning-progress.ts';
import { progressLine } from '../../src/cli/progress-line.ts';

test('progress is said in bytes, with rate, time left and posts', () => {
  const reading = { bytesRead: 1.2e9, bytes: 4.5e9, posts: 12_345, milliseconds: 30_000 };

  assert.equal(
    progressLine('takeout.zip, gmail', reading),
    'takeout.zip, gmail: 1.2 of 4.5 GB, 38.1 MB/s, 1:23 left, 12,345 posts',
  );
  assert.match(progressLine('x', { ...reading, milliseconds: 3_000_000 }), /2:17:30 left/);
  assert.equal(
    progressLine('x', { bytesRead: 0, bytes: 2000, posts: 0, milliseconds: 0 }),
    'x: 0 of 2 kB, 0.0 MB/s, 0 posts',
  );
});

test('what an earlier run had read counts nothing for the rate', () => {
  const reading = { bytesRead: 400e6, bytes: 500e6, bytesBefore: 380e6, milliseconds: 20_000 };

  assert.equal(progressLine('gpt2', reading), 'gpt2: 400.0 of 500.0 MB, 1.0 MB/s, 1:40 left');
});

test('a build says how many posts are cleaned of how many, how fast, and how long it takes; then that repeats are looked for', () => {
  const progress = { cleaned: 76_500, of: 387_579, isComparing: false };

  assert.equal(
    cleaningLine('mine', progress, 15_000),
    'mine: 76,500 of 387,579 posts cleaned, 5,100 a second, 1:01 left',
  );
  assert.equal(cleaningLine('mine', { ...progress, cleaned: 0 }, 0), 'mine: 0 of 387,579 posts cleaned');
  assert.equal(
    cleaningLine('mine', { ...progress, cleaned: 387_579, isComparing: true }, 90_000),
    'mine: 387,579 posts cleaned; repeats are looked for',
  );
});

test('an answer is a number of a suggestion, or names', () => {
  const suggestions = ['Ada (user1)', 'Bob'];

  assert.deepEqual(chosenAmong('1', suggestions), ['user1']);
  assert.deepEqual(chosenAmong(' 2, Ada Marsh ', suggestions), ['Bob', 'Ada Marsh']);
  assert.deepEqual(chosenAmong('9', suggestions), ['9']);
  assert.deepEqual(chosenAmong(' , ', suggestions), []);
});
