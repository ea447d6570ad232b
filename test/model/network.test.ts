import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { type ModelFolder, readModelFolder } from '../../src/model/model-folder.ts';
import { hostCache, openNetwork } from '../../src/model/network.ts';
import { readSafetensors, readTensor, writeSafetensors } from '../../src/model/safetensors.ts';
import { writeRandomModel } from './random-model.ts';

const TINY = path.join(import.meta.dirname, 'fixtures/tiny-gpt2');
const inputIds: number[][] = JSON.parse(readFileSync(path.join(TINY, 'inputs.json'), 'utf8')).inputIds;
const goldenLogits = readTensor(readSafetensors(path.join(TINY, 'goldens.safetensors')), 'logits');
const [B, T, V] = [3, 16, 320];
const TOLERANCE = 1e-3;

const source = readModelFolder(TINY);
const tiny = await openNetwork(source);

function assertClose(actual: Float32Array, expected: Float32Array, tolerance = TOLERANCE): void {
  assert.equal(actual.length, expected.length);
  const largest = actual.reduce((max, value, at) => Math.max(max, Math.abs(value - expected[at]!)), 0);
  assert.ok(largest <= tolerance, `differs by ${largest}`);
}
const goldenAt = (row: number, t: number) => goldenLogits.subarray((row * T + t) * V, (row * T + t + 1) * V);

test("a prompt's logits equal PyTorch's at every position", async () => {
  const { logits } = await tiny.forward({
    tokens: inputIds,
    cache: tiny.createCache(B, T),
    at: 'every',
    want: ['logits'],
  });

  assertClose(logits, goldenLogits);
});

test("token by token, with the cache, the logits equal PyTorch's", async () => {
  const cache = tiny.createCache(B, 32);

  for (let t = 0; t < T; t++) {
    const { logits } = await tiny.forward({
      tokens: inputIds.map((row) => [row[t]!]),
      cache,
      at: 'last',
      want: ['logits'],
    });
    for (let row = 0; row < B; row++) assertClose(logits.subarray(row * V, (row + 1) * V), goldenAt(row, t));
  }
});

test('rows of different lengths compute what each computes alone, in the prompt and after it', async () => {
  const lengths = [3, 11, 7];
  const cache = tiny.createCache(B, T);
  const prompts = inputIds.map((row, index) => row.slice(0, lengths[index]));

  const read = await tiny.forward({ tokens: prompts, cache, at: 'last', want: ['logits'] });
  const tokens = inputIds.map((row, index) => [row[lengths[index]!]!]);
  const continued = await tiny.forward({ tokens, cache, at: 'last', want: ['logits'] });

  for (const [row, length] of lengths.entries()) {
    assertClose(read.logits.subarray(row * V, (row + 1) * V), goldenAt(row, length - 1));
    assertClose(continued.logits.subarray(row * V, (row + 1) * V), goldenAt(row, length));
  }
});

test('a prompt read once continues in every row that its cache is spread over, also after a row is dropped', async () => {
  const [prompt = [], second = []] = inputIds;
  const read = tiny.createCache(1, T);
  await tiny.forward({ tokens: [prompt.slice(0, 10)], cache: read, at: 'last', want: ['logits'] });
  const cache = tiny.createCache(0, T, 3);
  for (let row = 0; row < 3; row++) cache.add(read, 0);

  await tiny.forward({ tokens: [[second[0]!], [second[1]!], [prompt[10]!]], cache, at: 'last', want: ['logits'] });
  cache.drop(0);
  const { logits } = await tiny.forward({ tokens: [[prompt[11]!], [second[2]!]], cache, at: 'last', want: ['logits'] });

  assert.equal(logits.length, 2 * V);
  assertClose(logits.subarray(0, V), goldenAt(0, 11));
});

test('the cache is never copied: a step writes into the buffers that were given', async () => {
  const cache = hostCache(tiny.createCache(1, T));
  const buffers = [...cache.buffers];

  await tiny.forward({ tokens: [[1, 2, 3]], cache, at: 'last', want: ['logits'] });

  const written = ([values]: Float32Array[]) => values!.findLastIndex((value) => value !== 0);
  assert.ok(cache.buffers.every((buffer, index) => buffer === buffers[index]));
  // The last of two heads, of which three of the positions are filled, 8 values each.
  assert.equal(written(buffers), (T + 3) * 8 - 1);
});

test('more tokens than a row can hold are refused, not written into the next one', async () => {
  const cache = tiny.createCache(2, 2);

  await assert.rejects(
    tiny.forward({ tokens: [[1, 2, 3], [1]], cache, at: 'last', want: ['logits'] }),
    /row of 2 tokens/,
  );
});

test('probabilities are the softmax at their temperature, and normalizers make logits log-probabilities', async () => {
  const { logits, probabilities, logNormalizers, logPartitions } = await tiny.forward({
    tokens: [[1, 2, 3]],
    at: 'last',
    want: ['logits', 'probabilities', 'logNormalizers', 'logPartitions'],
    temperatures: [0.5],
  });

  const sharper = logits.map((logit) => Math.exp(logit / 0.5));
  const total = sharper.reduce((sum, weight) => sum + weight, 0);
  assertClose(
    probabilities,
    sharper.map((weight) => weight / total),
    1e-5,
  );
  assertClose(logNormalizers, Float32Array.of(Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0))), 1e-4);
  assertClose(logPartitions, Float32Array.of(Math.log(total)), 1e-4);
});

test('every shape runs, also heads whose size the attention kernel does not take', async () => {
  for (const shape of [
    { n_embd: 35, n_head: 5 },
    { n_embd: 6, n_head: 6 },
    { n_embd: 24, n_head: 1 },
    { n_layer: 1 },
  ]) {
    const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-'));
    const network = await openNetwork(readModelFolder(writeRandomModel(folder, shape)));
    const tokens = [5, 6, 7, 8];
    const cache = network.createCache(1, 4);

    const whole = await network.forward({
      tokens: [tokens],
      cache: network.createCache(1, 4),
      at: 'every',
      want: ['logits'],
    });
    let last = new Float32Array();
    for (const token of tokens)
      last = (await network.forward({ tokens: [[token]], cache, at: 'last', want: ['logits'] })).logits.slice();

    assert.ok(whole.logits.every(Number.isFinite));
    assertClose(last, whole.logits.slice(-last.length), 1e-4);
    await network.release();
  }
});

test('weights in half precision compute what the same numbers in full precision compute', async () => {
  for (const dtype of ['F16', 'BF16'] as const) {
    const stored = readModelFolder(storedAs(dtype));
    const widened = readModelFolder(storedAs('F32', (name) => readTensor(stored.weights, name)));

    const [narrow, wide] = await Promise.all([stored, widened].map(logitsOf));

    assertClose(narrow!, wide!, 1e-5);
  }
});

async function logitsOf(model: ModelFolder): Promise<Float32Array> {
  const network = await openNetwork(model);
  const { logits } = await network.forward({
    tokens: [[1, 2, 3]],
    cache: network.createCache(1, 3),
    at: 'every',
    want: ['logits'],
  });
  return logits;
}

/** The tiny model, its weights rounded to a type, or with other values. */
function storedAs(dtype: 'F32' | 'F16' | 'BF16', values = (name: string) => readTensor(source.weights, name)): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-'));
  cpSync(TINY, folder, { recursive: true });
  const file = path.join(folder, 'model.safetensors');
  const tensors = [...source.weights.tensors.values()].map(({ name, shape }) => ({ name, shape, data: values(name) }));
  if (dtype !== 'BF16')
    writeSafetensors(
      file,
      tensors.map((tensor) => ({ ...tensor, dtype })),
    );
  else writeBfloat16(file, tensors);
  return folder;
}

/** Only read by us, so that no writer of ours knows it: the upper halves of 32-bit floats. */
function writeBfloat16(
  file: string,
  tensors: readonly { name: string; shape: readonly number[]; data: Float32Array }[],
) {
  let end = 0;
  const header = tensors.map(({ name, shape, data }) => [
    name,
    { dtype: 'BF16', shape, data_offsets: [end, (end += 2 * data.length)] },
  ]);
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const halves = tensors.map(({ data }) =>
    Buffer.from(new Uint16Array(data.buffer).filter((_, at) => at % 2 === 1).buffer),
  );
  writeFileSync(file, Buffer.concat([length, json, ...halves]));
}

test('the logits of an untied model come from its own head', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-'));
  cpSync(TINY, folder, { recursive: true });
  const file = path.join(folder, 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...config, tie_word_embeddings: false }));
  const tensors = [...source.weights.tensors.values()].map(({ name, shape }) => ({
    name,
    shape,
    dtype: 'F32' as const,
    data: readTensor(source.weights, name),
  }));
  const doubled = readTensor(source.weights, 'wte.weight').map((value) => 2 * value);
  const head = { name: 'lm_head.weight', dtype: 'F32' as const, shape: [320, 16], data: doubled };
  writeSafetensors(path.join(folder, 'model.safetensors'), [...tensors, head]);

  const [tied, untied] = await Promise.all([source, readModelFolder(folder)].map(logitsOf));

  assertClose(
    untied!,
    tied!.map((logit) => 2 * logit),
  );
});
