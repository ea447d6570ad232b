import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { type Said, threadLines } from '../../src/review/thread-lines.ts';

const said = (author: string, text: string, isOwn = false): Said => ({ author, text, isOwn });
const THREAD = [said('@bob', 'What is hope?'), said('@ada', 'A debt.', true), said('@bob', 'Whose?\nMine?')];
const lines = (thread: readonly Said[], width: number, most?: number) =>
  threadLines(thread, width, most).map(stripVTControlCharacters);

test('a thread is shown in the order in which it was said', () => {
  assert.deepEqual(lines(THREAD, 40), ['@bob', '  What is hope?', '@ada', '  A debt.', '@bob', '  Whose?', '  Mine?']);
});

test('with little room the newest post comes first, then the beginnings of those before it', () => {
  assert.deepEqual(lines(THREAD, 40, 4), ['@ada: A debt.', '@bob', '  Whose?', '  Mine?']);
  assert.deepEqual(lines(THREAD, 40, 2), ['@bob', '  …']);
  assert.deepEqual(lines([], 40, 4), []);
});

test('whatever others wrote, it fits and steers no terminal', () => {
  const wild = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.constant('\u001b[2J\u202e<script>\u200b'));
  const thread = fc.array(fc.record({ author: wild, text: wild, isOwn: fc.boolean() }), { maxLength: 6 });
  fc.assert(
    fc.property(thread, fc.integer({ min: 10, max: 80 }), fc.integer({ min: 2, max: 10 }), (posts, width, most) => {
      const shown = threadLines(posts, width, most);

      assert.ok(shown.length <= most);
      for (const line of shown.map(stripVTControlCharacters)) {
        assert.ok(!/[\p{Cc}\u202e\u200b]/u.test(line));
        assert.ok(stringWidth(line) <= width, JSON.stringify(line));
      }
    }),
  );
});
