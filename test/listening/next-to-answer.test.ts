import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextToAnswer } from '../../src/listening/next-to-answer.ts';

const waiting = (id: number, authorId: string, minute: number, tries = 0) => {
  return { id, authorId, at: new Date(minute * 60_000).toISOString(), tries };
};

test('of those who were answered least, the oldest goes first', () => {
  const all = [waiting(1, 'bob', 3), waiting(2, 'eve', 1), waiting(3, 'kim', 2)];

  assert.equal(nextToAnswer(all, new Map())?.id, 2);
  assert.equal(nextToAnswer(all, new Map([['eve', 1]]))?.id, 3);
  assert.equal(nextToAnswer([], new Map()), undefined);
});

test('one that was tried in vain lets others go first', () => {
  assert.equal(nextToAnswer([waiting(1, 'bob', 1, 1), waiting(2, 'eve', 2)], new Map())?.id, 2);
});

test('whatever one person sends, everybody else is answered once before anybody is twice', () => {
  const flood = fc.array(fc.record({ author: fc.constantFrom('bob', 'eve', 'kim', 'lou'), minute: fc.nat(1000) }), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(flood, (posts) => {
      let left = posts.map(({ author, minute }, index) => waiting(index, author, minute));
      const answered = new Map<string, number>();
      const order: string[] = [];
      for (let next = nextToAnswer(left, answered); next; next = nextToAnswer(left, answered)) {
        const { id, authorId } = next;
        order.push(authorId);
        answered.set(authorId, (answered.get(authorId) ?? 0) + 1);
        left = left.filter((one) => one.id !== id);
      }

      const people = new Set(posts.map(({ author }) => author)).size;
      assert.equal(new Set(order.slice(0, people)).size, people);
    }),
  );
});
