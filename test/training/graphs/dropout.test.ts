import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { readModelFolder } from '../../../src/model/model-folder.ts';
import { readTensor } from '../../../src/model/safetensors.ts';
import { normal, randomFrom } from '../../../src/random.ts';
import { adapterShape, initialAdapter, withinLayer } from '../../../src/training/adapter-parameters.ts';
import type { Batch } from '../../../src/training/data/batch.ts';
import { GradientSums } from '../../../src/training/graphs/gradient-sums.ts';
import { layerByLayer } from '../../../src/training/graphs/layer-by-layer.ts';
import { wholeNetwork } from '../../../src/training/graphs/whole-network.ts';
import type { Tensors } from '../../../src/training/trainable.ts';
import { writeRandomModel } from '../../model/random-model.ts';

const home = mkdtempSync(path.join(tmpdir(), 'eidolon-dropout-'));
after(() => rmSync(home, { recursive: true }));

const base = readModelFolder(writeRandomModel(path.join(home, 'base'), { deviation: 0.3, n_layer: 2 }));
const LORA = { r: 4, alpha: 8, dropout: 0.4, targetModules: ['c_attn', 'c_proj', 'c_fc'] };
const adapter = adapterShape(base.config, LORA);
const shape = { batch: 2, length: 12 };
const own = [...base.weights.tensors.keys()].map((name) => [name, readTensor(base.weights, name)] as const);

const NETWORKS = {
  'as one graph': (matrices: Tensors) => wholeNetwork(base, { shape, adapter, dropout: LORA.dropout, matrices }),
  'computed again': (matrices: Tensors) =>
    layerByLayer(base.config, {
      shape,
      weights: new Map([...own, ...matrices]),
      adapter: { shape: withinLayer(adapter), dropout: LORA.dropout },
    }),
};

function randomBatch(): Batch {
  const random = randomFrom(1);
  const size = shape.batch * shape.length;
  const ids = () => BigInt64Array.from({ length: size }, () => BigInt(Math.floor(random() * base.config.vocab_size)));
  return {
    inputIds: ids(),
    labels: ids(),
    weights: new Float32Array(size).fill(1),
    positions: BigInt64Array.from({ length: size }, (_, at) => BigInt(at % shape.length)),
    documents: new Int32Array(size),
  };
}

for (const [kind, create] of Object.entries(NETWORKS)) {
  test(`the gradient under dropout is the slope of the loss with what was let pass, ${kind}`, async () => {
    const random = randomFrom(2);
    const matrices = new Map(
      [...initialAdapter(base.config, LORA, 1)].map(([name, values]) => [name, values.map(() => 0.3 * normal(random))]),
    );
    const batch = randomBatch();
    /** A network made anew lets the same pass as the one before did in its first batch. */
    const lossAt = async (values: Tensors) => {
      const network = await create(values);
      const sums = new GradientSums(new Map([...values].map(([name, { length }]) => [name, new Float32Array(length)])));
      const loss = await network.lossAndGradients(batch, sums);
      const evaluated = await network.loss(batch);
      await network.release();
      return { loss, evaluated, gradients: sums.values };
    };
    const { loss, evaluated, gradients } = await lossAt(matrices);
    const norm = Math.hypot(...[...gradients.values()].map((values) => Math.hypot(...values)));
    const along = (distance: number) =>
      new Map(
        [...matrices].map(([name, values]) => [
          name,
          values.map((value, index) => value + (distance / norm) * gradients.get(name)![index]!),
        ]),
      );

    const distance = 0.2 / norm;
    const [higher, lower] = [await lossAt(along(distance)), await lossAt(along(-distance))];

    const slope = (higher.loss - lower.loss) / (2 * distance);
    assert.ok(Math.abs(slope / norm - 1) < 0.01, `the slope is ${slope}, the gradient ${norm}`);
    assert.ok(Math.abs(loss - evaluated) > 0.1, 'something was left out');
  });
}
