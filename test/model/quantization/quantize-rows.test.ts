import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dequantizeRows, quantizeRows } from '../../../src/model/quantization/quantize-rows.ts';

const matrices = fc
  .record({
    rows: fc.integer({ min: 1, max: 4 }),
    columns: fc.integer({ min: 1, max: 200 }),
    bits: fc.constantFrom(4 as const, 8 as const),
    symmetric: fc.boolean(),
    block: fc.constantFrom(32 as const, 64 as const),
  })
  .chain((shape) =>
    fc
      .array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 }), {
        minLength: shape.rows * shape.columns,
        maxLength: shape.rows * shape.columns,
      })
      .map((values) => ({ ...shape, values: Float32Array.from(values) })),
  );

test('every value comes back within a step of its block', () => {
  fc.assert(
    fc.property(matrices, ({ values, columns, bits, symmetric, block }) => {
      const made = quantizeRows({ values, columns, bits, symmetric, block });
      const back = dequantizeRows(made, { columns, bits, block });

      const blocks = Math.ceil(columns / block);
      for (const [at, value] of values.entries()) {
        const [row, column] = [Math.floor(at / columns), at % columns];
        const step = Math.abs(made.scales[row * blocks + Math.floor(column / block)]!);
        const error = Math.abs(back[at]! - value);
        // Symmetric codes reach one step less far on the side on which the farthest value is not; a zero point is rounded too.
        assert.ok(error <= step * 1.0001 + 1e-35, `${value} came back as ${back[at]}, its step is ${step}`);
      }
    }),
  );
});

test('zero stays zero, and the value that is farthest from it is exact in a symmetric block', () => {
  fc.assert(
    fc.property(matrices, ({ values, columns, bits, symmetric, block }) => {
      const zeros = values.map((value, at) => (at % 3 === 0 ? 0 : value));
      const made = quantizeRows({ values: zeros, columns, bits, symmetric, block });
      const back = dequantizeRows(made, { columns, bits, block });

      for (const [at, value] of zeros.entries()) if (value === 0) assert.equal(Math.abs(back[at]!), 0);
      if (!symmetric || columns > block) return;
      for (let begin = 0; begin < zeros.length; begin += columns) {
        const farthest = (row: Float32Array) => Math.max(...row.map(Math.abs));
        const [given, returned] = [zeros, back].map((all) => farthest(all.subarray(begin, begin + columns)));
        assert.ok(Math.abs(given! - returned!) <= given! * 1e-6 + 1e-35);
      }
    }),
  );
});

test('codes of four bits lie two in a byte, the first in the lower half, and fill the block with what stands for 0', () => {
  const { codes, scales, zeroPoints } = quantizeRows({
    values: Float32Array.of(-8, -7, 0, 7),
    columns: 4,
    bits: 4,
    symmetric: true,
    block: 32,
  });

  assert.deepEqual([...scales], [1]);
  assert.deepEqual([...codes.subarray(0, 3)], [0x10, 0xf8, 0x88]);
  assert.equal(codes.length, 16);
  assert.equal(zeroPoints, undefined);
});

test('a block with a zero point spends all its codes between its least and its largest value', () => {
  const { codes, scales, zeroPoints } = quantizeRows({
    values: Float32Array.of(-50, 0, 205),
    columns: 3,
    bits: 8,
    symmetric: false,
    block: 32,
  });

  assert.deepEqual([[...scales], [...zeroPoints!]], [[1], [50]]);
  assert.deepEqual([...codes.subarray(0, 4)], [0, 50, 255, 50]);
});

test('a block of zeros is zeros, and what is not a number is refused', () => {
  const made = quantizeRows({ values: new Float32Array(40), columns: 40, bits: 4, symmetric: false, block: 32 });

  assert.deepEqual(dequantizeRows(made, { columns: 40, bits: 4, block: 32 }), new Float32Array(40));
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const values = Float32Array.of(1, value);
    assert.throws(() => quantizeRows({ values, columns: 2, bits: 8, symmetric: true, block: 32 }), /A value is/);
  }
});
