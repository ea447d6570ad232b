/**
 * Makes training steps on random tokens, one for every line that it is sent, and answers each with its seconds; at the end
 * of its input, with the peak of its memory: `node ours.ts FOLDER full|lora ROWS LENGTH [recompute]`.
 */
import { createInterface } from 'node:readline';
import { beginWith, KEEPS_FREED_MEMORY } from '../../src/malloc.ts';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { randomFrom } from '../../src/random.ts';
import { initialAdapter } from '../../src/training/adapter-parameters.ts';
import { peakMemory } from '../../src/training/memory-plan.ts';
import { loadTensors, valuesOf } from '../../src/training/run/model-files.ts';
import { type Batch, createTrainable, freshState, type Method } from '../../src/training/trainable.ts';

beginWith(KEEPS_FREED_MEMORY); // as every training begins
const [, , folder = '', kind, batch = '4', length = '128', how] = process.argv;
const shape = { batch: Number(batch), length: Number(length) };
const recompute = how === 'recompute';
const LORA = { r: 8, alpha: 16, dropout: 0, targetModules: ['c_attn', 'c_proj', 'c_fc'] };

const base = readModelFolder(folder);
const { config, weights } = base;
const method: Method = kind === 'lora' ? { kind, base, lora: LORA } : { kind: 'full' };
const state =
  method.kind === 'lora' ? freshState(initialAdapter(config, LORA, 1)) : freshState(loadTensors(valuesOf(weights)));
const adamW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };
const trainable = await createTrainable(config, method, state, { shape, recompute, adamW });
const tokens = randomBatch();

let step = 0;
for await (const _ of createInterface({ input: process.stdin })) {
  const begun = performance.now();
  await trainable.accumulate(tokens);
  await trainable.update({ step: ++step, learningRate: 1e-4, clipNorm: 1, weight: tokens.weights.length });
  console.log((performance.now() - begun) / 1000);
}
await trainable.evaluate(tokens);
const peak = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ peak, expected: peakMemory(config, method, { shape, accumulate: 1, recompute }) }));
await trainable.release();

function randomBatch(): Batch {
  const random = randomFrom(2);
  const size = shape.batch * shape.length;
  const ids = () => BigInt64Array.from({ length: size }, () => BigInt(Math.floor(random() * config.vocab_size)));
  return {
    inputIds: ids(),
    labels: ids(),
    weights: new Float32Array(size).fill(1),
    positions: BigInt64Array.from({ length: size }, (_, at) => BigInt(at % shape.length)),
    documents: new Int32Array(size),
  };
}
