import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import * as ort from 'onnxruntime-node';
import type { Gpt2Config } from '../../../src/model/gpt2-config.ts';
import { codedLayers } from '../../../src/model/quantization/coded-layers.ts';
import { dequantizeRows, quantizeRows, type RowsToQuantize } from '../../../src/model/quantization/quantize-rows.ts';
import { GraphBuilder } from '../../../src/onnx/graph-builder.ts';
import { normal, randomFrom } from '../../../src/random.ts';

const home = mkdtempSync(path.join(tmpdir(), 'coded-'));
after(() => rmSync(home, { recursive: true }));
const N = 7;

/** The vocabulary's matrix [N, columns] in codes, and a session that multiplies by it and looks rows of it up. */
async function codedVocabulary({ columns, bits, symmetric, block }: Omit<RowsToQuantize, 'values'>) {
  const random = randomFrom(columns);
  const values = Float32Array.from({ length: N * columns }, () => normal(random));
  const made = quantizeRows({ values, columns, bits, symmetric, block });
  const graph = new GraphBuilder();
  const blocks = Math.ceil(columns / block);
  const parts = new Map<string, readonly [Uint8Array | Float32Array, readonly number[]]>([
    ['wte.weight.codes', [made.codes, [N, blocks, (block * bits) / 8]]],
    ['wte.weight.scales', [made.scales, [N, blocks]]],
    ['wte.weight.zero_points', [made.zeroPoints ?? new Uint8Array(), [N, Math.ceil((blocks * bits) / 8)]]],
  ]);
  const stored: Parameters<typeof codedLayers>[3] = (tensor, { name = tensor, shape } = {}) => {
    const [part, ownShape] = parts.get(tensor)!;
    const location = `${columns}-${bits}-${symmetric}-${block}-${tensor}`;
    writeFileSync(path.join(home, location), new Uint8Array(part.buffer));
    const dtype = part instanceof Float32Array ? 'float32' : 'uint8';
    return graph.external(name, dtype, shape ?? ownShape, { location, offset: 0, length: part.byteLength });
  };
  const config: Gpt2Config = {
    n_layer: 0,
    n_head: 1,
    n_embd: columns,
    n_inner: columns,
    n_positions: 1,
    vocab_size: N,
    layer_norm_epsilon: 1e-5,
    tie_word_embeddings: true,
  };
  const quantization = { bits, embeddingBits: bits, symmetric, block };
  const layers = codedLayers(graph, config, quantization, stored, () => {
    throw new Error('No other weights');
  });
  graph.output(layers.head(graph.input('states', 'float32', ['rows', columns])), 'products');
  graph.output(layers.tokens(graph.input('ids', 'int64', ['rows', 1])), 'vectors');
  const session = await ort.InferenceSession.create(graph.encode(), {
    extra: { session: { model_external_initializers_file_folder_path: home } },
  });
  return { session, weights: dequantizeRows(made, { columns, bits, block }) };
}

for (const bits of [8, 4] as const) {
  for (const symmetric of [true, false]) {
    for (const [columns, block] of [
      [32, 32],
      [64, 32],
      [40, 32],
      [200, 32],
      [192, 64],
      [200, 64],
      [256, 128],
      [512, 256],
      [200, 256],
    ] as const) {
      const matrix = { columns, bits, symmetric, block };
      test(`products and lookups with ${JSON.stringify(matrix)} are those computed by hand`, async () => {
        const { session, weights } = await codedVocabulary(matrix);
        const rows = 3;
        // Whole numbers of which 127 is the largest in each block: rounded to 8 bits they stay what they are.
        const states = Float32Array.from({ length: rows * columns }, (_, at) =>
          (at % columns) % 32 === 0 ? 127 : ((at * 37) % 255) - 127,
        );

        const { products, vectors } = await session.run({
          states: new ort.Tensor('float32', states, [rows, columns]),
          ids: new ort.Tensor('int64', BigInt64Array.of(6n, 0n, 3n), [rows, 1]),
        });

        const expected = Array.from({ length: rows * N }, (_, at) => {
          const [row, n] = [Math.floor(at / N), at % N];
          let sum = 0;
          for (let c = 0; c < columns; c++) sum += states[row * columns + c]! * weights[n * columns + c]!;
          return sum;
        });
        const found = products!.data as Float32Array;
        for (const [at, value] of expected.entries())
          assert.ok(Math.abs(found[at]! - value) < 0.01, `${found[at]}, not ${value}`);
        const looked = [6, 0, 3].flatMap((id) => [...weights.subarray(id * columns, (id + 1) * columns)]);
        assert.deepEqual([...(vectors!.data as Float32Array)], looked);
        assert.deepEqual(vectors!.dims, [rows, 1, columns]);
        await session.release();
      });
    }
  }
}
