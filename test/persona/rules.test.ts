import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokenRule, isRulePattern } from '../../src/persona/rules.ts';

test('a text must match every pattern of `must`, and none of `mustNot`', () => {
  const rules = { must: ['^[A-Z]+, n\\.'], mustNot: ['\\bvery\\b'] };

  assert.equal(brokenRule('HOPE, n. A debt.', rules), undefined);
  assert.match(brokenRule('Hope is a debt.', rules) ?? '', /matches nothing|holds nothing that matches/);
  assert.match(brokenRule('HOPE, n. A Very old debt.', rules) ?? '', /holds "Very"/);
  assert.equal(brokenRule('hope, n. A debt.', rules), undefined, 'whatever the case');
});

test('what would take forever elsewhere takes no time, and what could is no pattern', () => {
  assert.equal(brokenRule('a'.repeat(50_000), { must: [], mustNot: ['(a+)+$x', '(a|a)*b'] }), undefined);
  assert.equal(isRulePattern('(?=a)b'), false);
  assert.equal(isRulePattern('(a)\\1'), false);
  assert.equal(isRulePattern('('), false);
});
