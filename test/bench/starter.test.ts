import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bitsPerByte, overlappingWindows } from '../../bench/starter/bits-per-byte.ts';
import { lossCurve } from '../../bench/starter/loss-curve.ts';
import { codeBlock, markdownTable, replaceSection } from '../../bench/starter/readme-section.ts';

test('overlapping windows predict every token once, with half a window before it where the text has as much', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), fc.integer({ min: 1, max: 8 }), (count, half) => {
      const length = 2 * half;
      const tokens = Array.from({ length: count }, (_, index) => index);

      const predicted = overlappingWindows(tokens, length).flatMap((window) => {
        assert.ok(window.tokens.length <= length);
        return window.tokens.slice(1 + window.known).map((token) => ({ token, before: token - window.tokens[0]! }));
      });

      assert.deepEqual(
        predicted.map(({ token }) => token),
        tokens.slice(1),
      );
      for (const { token, before } of predicted) assert.ok(before >= Math.min(token, half));
    }),
  );
});

test('bits a byte count UTF-8 bytes, not characters', () => {
  assert.equal(bitsPerByte(Math.LN2 * 10, ['né', 'ab']), 2);
});

test("a README's section is replaced between its marks, and all else stays", () => {
  const readme = 'Head\n<!-- measured -->\nold\n<!-- /measured -->\nTail';

  assert.equal(replaceSection(readme, 'measured', '\nnew\n'), 'Head\n<!-- measured -->\nnew\n<!-- /measured -->\nTail');
  assert.throws(() => replaceSection(readme, 'samples', 'x'), /lacks the marks of its section samples/);
});

test('tables and code blocks hold what they are given', () => {
  assert.equal(markdownTable(['a', 'b'], [['1', '2']]), '| a | b |\n| --- | ---: |\n| 1 | 2 |');
  assert.equal(codeBlock('a ```` b'), '`````text\na ```` b\n`````');
});

test('a loss curve shows the training, the validation and the floor', () => {
  const points = [
    { tokens: 1e6, loss: 8 },
    { tokens: 2e6, loss: 5, validationLoss: 5.5 },
    { tokens: 4e6, loss: 4, validationLoss: 4.2 },
  ];

  const svg = lossCurve(points, { name: 'n-gram', loss: 4.5 });

  assert.match(svg, /^<svg [^>]*viewBox/);
  assert.equal(svg.match(/<path d="M[\d.]+,[\d.]+L/g)?.length, 3);
  assert.match(svg, /n-gram on validation/);
  assert.doesNotMatch(svg, /NaN|undefined/);
});
