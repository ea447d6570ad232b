import assert from 'node:assert/strict';
import { test } from 'node:test';
import { table } from '../../src/cli/table.ts';

test('columns are as wide as their widest cell, also where characters are two wide', () => {
  const rows = [
    ['persona', 'posts'],
    ['ada', '12'],
    ['日本', '3'],
  ];

  assert.equal(table(rows), 'persona  posts\nada      12\n日本     3');
});
