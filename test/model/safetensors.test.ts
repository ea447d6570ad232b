import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromBfloat16, fromFloat16, toFloat16 } from '../../src/model/half-precision.ts';
import { readRows, readSafetensors, readTensor, writeSafetensors } from '../../src/model/safetensors.ts';

const newFile = () => path.join(mkdtempSync(path.join(tmpdir(), 'eidolon-')), 'model.safetensors');

function withHeader(header: string, dataBytes: number): string {
  const file = newFile();
  const bytes = Buffer.alloc(8 + header.length + dataBytes);
  bytes.writeBigUInt64LE(BigInt(header.length));
  bytes.write(header, 8);
  writeFileSync(file, bytes);
  return file;
}

test('tensors come back as they were written, in place and with their metadata', () => {
  const file = newFile();

  writeSafetensors(
    file,
    [
      { name: 'wide', dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -2.5, 1e-9, 4, 5, 1e30) },
      { name: 'half', dtype: 'F16', shape: [3], data: Float32Array.of(0.5, -1024, 0.1) },
    ],
    { step: '12' },
  );

  const read = readSafetensors(file);
  assert.deepEqual(read.metadata, { format: 'pt', step: '12' });
  assert.deepEqual(readTensor(read, 'wide'), Float32Array.of(1, -2.5, 1e-9, 4, 5, 1e30));
  assert.deepEqual(readTensor(read, 'half'), Float32Array.of(0.5, -1024, 0.0999755859375));
  const wide = read.tensors.get('wide');
  assert.equal(wide?.offset && wide.offset % 8, 0);
  assert.equal(readFileSync(file).readFloatLE(wide!.offset + 4), -2.5);
});

test('rows of a matrix are read alone, in the order asked for', () => {
  const file = newFile();
  const data = Float32Array.from({ length: 12 }, (_, index) => index);
  writeSafetensors(file, [
    { name: 'before', dtype: 'F32', shape: [1], data: Float32Array.of(9) },
    { name: 'whole', dtype: 'F32', shape: [4, 3], data },
    { name: 'half', dtype: 'F16', shape: [4, 3], data },
  ]);

  for (const name of ['whole', 'half']) {
    assert.deepEqual([...readRows(readSafetensors(file), name, [2, 0, 2])], [6, 7, 8, 0, 1, 2, 6, 7, 8], name);
  }
});

test('an interrupted write leaves the earlier file whole and nothing beside it', () => {
  const file = newFile();
  writeSafetensors(file, [{ name: 'a', dtype: 'F32', shape: [1], data: Float32Array.of(7) }]);

  assert.throws(() => writeSafetensors(file, [{ name: 'a', dtype: 'F32', shape: [2], data: Float32Array.of(8) }]));

  assert.deepEqual(readTensor(readSafetensors(file), 'a'), Float32Array.of(7));
  assert.deepEqual(readdirSync(path.dirname(file)), ['model.safetensors']);
});

test('a file cut short anywhere is refused in one line that names it', () => {
  const file = newFile();
  writeSafetensors(file, [{ name: 'a', dtype: 'F32', shape: [4], data: new Float32Array(4) }]);
  const whole = readFileSync(file);

  for (let length = 0; length < whole.length; length++) {
    writeFileSync(file, whole.subarray(0, length));
    assert.throws(
      () => readSafetensors(file),
      (error: Error) => error.name === 'UserError' && error.message.startsWith(file) && !error.message.includes('\n'),
    );
  }
});

const entry = (dtype: string, shape: readonly number[], range: readonly number[]) => ({
  dtype,
  shape,
  data_offsets: range,
});
const refusals: readonly [what: string, header: string, dataBytes: number, message: RegExp][] = [
  ['a header that is not JSON', '{"a": ', 0, /expected a safetensors header in JSON/],
  ['a header that is an array', '[]      ', 0, /expected a safetensors header that is an object/],
  ['an unknown dtype', JSON.stringify({ a: entry('F3', [1], [0, 4]) }), 4, /a of a known dtype, found F3/],
  ['a negative size', JSON.stringify({ a: entry('F32', [-1], [0, 4]) }), 4, /a with a shape, found \[-1\]/],
  ['offsets that do not fit the shape', JSON.stringify({ a: entry('F32', [2], [0, 4]) }), 4, /in 8 bytes, found/],
  [
    'overlapping tensors',
    JSON.stringify({ a: entry('F32', [2], [0, 8]), b: entry('F32', [2], [4, 12]) }),
    12,
    /b at offset 8, found offset 4/,
  ],
  ['a gap', JSON.stringify({ a: entry('F32', [1], [4, 8]) }), 8, /a at offset 0, found offset 4/],
  ['offsets past the end', JSON.stringify({ a: entry('F32', [2], [0, 8]) }), 4, /found a file cut short/],
  ['bytes after the last tensor', JSON.stringify({ a: entry('F32', [1], [0, 4]) }), 8, /found a longer file/],
];
for (const [what, header, dataBytes, message] of refusals) {
  test(`${what} is refused`, () => {
    const file = withHeader(header, dataBytes);

    assert.throws(() => readSafetensors(file), { name: 'UserError', message });
  });
}

test('a missing file and a missing tensor are refused in one line', () => {
  const file = withHeader('{}', 0);

  assert.throws(() => readTensor(readSafetensors(file), 'wte.weight'), /expected a tensor wte.weight, found none/);
  assert.throws(() => readSafetensors(`${file}.gone`), {
    name: 'UserError',
    message: /expected a file that can be read/,
  });
});

test('every sixteen-bit float survives the way to 32 bits and back', () => {
  for (let bits = 0; bits < 2 ** 16; bits++) {
    const value = fromFloat16(bits);
    if (!Number.isNaN(value)) assert.equal(toFloat16(value), bits);
  }
  assert.ok(Number.isNaN(fromFloat16(toFloat16(Number.NaN))));
  assert.equal(fromBfloat16(0x3fc0), 1.5);
});

test('a value becomes the nearest sixteen-bit float, ties to the even one', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, min: -65519, max: 65519 }), (value) => {
      const bits = toFloat16(value);
      const error = Math.abs(fromFloat16(bits) - value);
      for (const neighbour of [bits - 1, bits + 1]) {
        const other = Math.abs(fromFloat16(neighbour & 0xffff) - value);
        assert.ok(Number.isNaN(other) || error < other || (error === other && bits % 2 === 0) || value === 0);
      }
    }),
    { examples: [[65519], [2 ** -24 * 1.5], [2 ** -25], [1 + 2 ** -11], [1 + 3 * 2 ** -11], [6.1e-5]] },
  );
  assert.equal(fromFloat16(toFloat16(65520)), Number.POSITIVE_INFINITY);
});
