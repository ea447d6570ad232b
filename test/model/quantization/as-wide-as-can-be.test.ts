import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asWideAsCanBe } from '../../../src/model/quantization/as-wide-as-can-be.ts';
import type { Block } from '../../../src/model/quantization/quantization.ts';

/** The widths that are tried for a model of 2 bits a byte, and the one that it ends with. */
async function tried(losses: Readonly<Partial<Record<Block, number>>>) {
  const widths: Block[] = [];
  const { block } = await asWideAsCanBe([256, 128, 64], async (block) => {
    widths.push(block);
    return { block, before: { bitsPerByte: 2 }, after: { bitsPerByte: 2 * (1 + losses[block]!) } };
  });
  return { widths, block };
}

test('blocks are as wide as fill every row, and narrower where those lose more than a thousandth', async () => {
  assert.deepEqual(await tried({ 256: 0.0009 }), { widths: [256], block: 256 });
  assert.deepEqual(await tried({ 256: -0.01 }), { widths: [256], block: 256 });
  assert.deepEqual(await tried({ 256: 0.002, 128: 0.0005 }), { widths: [256, 128], block: 128 });
});

test('where all lose more, the narrowest are kept, which were made last', async () => {
  assert.deepEqual(await tried({ 256: 0.01, 128: 0.01, 64: 0.01 }), { widths: [256, 128, 64], block: 64 });
});
