import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyOver } from '../../src/replies/why-over.ts';

const lively = { relevance: 0.3, dullness: 0, saidBefore: 0.1 };

test('a conversation is in a loop as soon as its newest turn says again what was said', () => {
  assert.equal(whyOver([{}, lively, { ...lively, saidBefore: 0.7 }]), 'loop');
  assert.equal(whyOver([{}, { ...lively, saidBefore: 0.7 }, lively]), null);
});

test('it is dull once two turns in a row could answer anything, or have nothing to do with what they answer', () => {
  const empty = { ...lively, dullness: 1 };
  const beside = { ...lively, relevance: -0.1 };

  assert.equal(whyOver([{}, lively, empty]), null);
  assert.equal(whyOver([{}, lively, empty, beside]), 'dull');
  assert.equal(whyOver([{}, empty, lively, beside]), null);
});

test('an opening, of which nothing is known, is neither', () => {
  assert.equal(whyOver([]), null);
  assert.equal(whyOver([{}]), null);
  assert.equal(whyOver([{}, { relevance: -1 }]), null);
});
