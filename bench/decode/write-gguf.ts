/**
 * Writes a GPT-2 folder as GGUF, the format of llama.cpp, in F32 or Q8_0, for node-llama-cpp brings no converter.
 * Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; names: llama.cpp's `gpt2` architecture.
 */
import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { readTensor } from '../../src/model/safetensors.ts';

type Quantization = 'F32' | 'Q8_0';
const TYPE = { F32: 0, Q8_0: 8 } as const;
/** Of metadata. */
const [UINT32, FLOAT32, STRING, ARRAY, INT32] = [4, 6, 8, 9, 5];
const ALIGNMENT = 32;
const BLOCK = 32;

interface Tensor {
  readonly name: string;
  /** The fastest dimension first. */
  readonly shape: readonly number[];
  readonly type: Quantization;
  readonly data: () => Uint8Array;
  readonly bytes: number;
}

export function writeGguf(folder: string, file: string, quantization: Quantization): string {
  if (existsSync(file)) return file;
  const tensors = tensorsOf(folder, quantization);
  const metadata = metadataOf(folder);
  const header: Buffer[] = [Buffer.from('GGUF'), uint32(3), uint64(tensors.length), uint64(metadata.length)];
  header.push(...metadata);
  let offset = 0;
  for (const { name, shape, type, bytes } of tensors) {
    header.push(string(name), uint32(shape.length), ...shape.map(uint64), uint32(TYPE[type]), uint64(offset));
    offset = aligned(offset + bytes);
  }
  const head = Buffer.concat(header);
  const output = openSync(file, 'w');
  writeSync(output, head);
  writeSync(output, Buffer.alloc(aligned(head.length) - head.length));
  for (const { data, bytes } of tensors) {
    writeSync(output, data());
    writeSync(output, Buffer.alloc(aligned(bytes) - bytes));
  }
  closeSync(output);
  return file;
}

const NAMES: Readonly<Record<string, string>> = {
  ln_1: 'attn_norm',
  'attn.c_attn': 'attn_qkv',
  'attn.c_proj': 'attn_output',
  ln_2: 'ffn_norm',
  'mlp.c_fc': 'ffn_up',
  'mlp.c_proj': 'ffn_down',
};

function tensorsOf(folder: string, quantization: Quantization): Tensor[] {
  const { weights } = readModelFolder(folder);
  return [...weights.tensors].map(([name, { shape }]) => {
    const [rows = 1, columns] = shape;
    const isLayer = name.startsWith('h.') && columns !== undefined;
    // GPT-2's linear layers are [in, out]; GGUF has the inputs of one output beside each other.
    const fastest = isLayer ? rows : (columns ?? rows);
    const slowest = columns === undefined ? [] : [isLayer ? columns : rows];
    const type = columns === undefined || name === 'wpe.weight' ? 'F32' : quantization;
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    return {
      name: nameOf(name),
      shape: [fastest, ...slowest],
      type,
      bytes: type === 'F32' ? 4 * size : (size / BLOCK) * (BLOCK + 2),
      data: () => {
        const values = readTensor(weights, name);
        const laid = isLayer && columns ? transposed(values, rows, columns) : values;
        return type === 'F32' ? new Uint8Array(laid.buffer, laid.byteOffset, laid.byteLength) : quantized(laid);
      },
    };
  });
}

function nameOf(name: string): string {
  if (name === 'wte.weight') return 'token_embd.weight';
  if (name === 'wpe.weight') return 'position_embd.weight';
  if (name.startsWith('ln_f')) return name.replace('ln_f', 'output_norm');
  const [, layer, part = '', kind] = /^h\.(\d+)\.(.*)\.(weight|bias)$/.exec(name) ?? [];
  return `blk.${layer}.${NAMES[part]}.${kind}`;
}

/** Blocks of 32: a half-precision scale, then whole numbers of 8 bits. */
function quantized(values: Float32Array): Uint8Array {
  const blocks = values.length / BLOCK;
  const bytes = Buffer.alloc(blocks * (BLOCK + 2));
  for (let block = 0; block < blocks; block++) {
    let largest = 0;
    for (let at = 0; at < BLOCK; at++) largest = Math.max(largest, Math.abs(values[block * BLOCK + at]!));
    const scale = largest / 127;
    bytes.writeUInt16LE(halfBits(scale), block * (BLOCK + 2));
    for (let at = 0; at < BLOCK; at++) {
      const value = scale === 0 ? 0 : Math.round(values[block * BLOCK + at]! / scale);
      bytes.writeInt8(value, block * (BLOCK + 2) + 2 + at);
    }
  }
  return bytes;
}

/** Of a number that is positive and not too large for half precision. */
function halfBits(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.max(-14, Math.floor(Math.log2(value)));
  // A subnormal number has the exponent's bits 0 and the same step as the least normal ones.
  return Math.round((value / 2 ** exponent) * 1024) - 1024 + ((exponent + 15) << 10);
}

function metadataOf(folder: string): Buffer[] {
  const { config } = readModelFolder(folder);
  const { model } = JSON.parse(readFileSync(path.join(folder, 'tokenizer.json'), 'utf8'));
  const tokens = Object.entries<number>(model.vocab).toSorted(([, a], [, b]) => a - b);
  const endOfText = config.vocab_size - 1;
  const texts = Array.from({ length: config.vocab_size }, (_, id) => tokens[id]?.[0] ?? '<|endoftext|>');
  const merges: string[] = model.merges.map((merge: string | string[]) =>
    Array.isArray(merge) ? merge.join(' ') : merge,
  );
  return [
    entry('general.architecture', STRING, string('gpt2')),
    entry('general.name', STRING, string('random')),
    entry('gpt2.context_length', UINT32, uint32(config.n_positions)),
    entry('gpt2.embedding_length', UINT32, uint32(config.n_embd)),
    entry('gpt2.feed_forward_length', UINT32, uint32(config.n_inner)),
    entry('gpt2.block_count', UINT32, uint32(config.n_layer)),
    entry('gpt2.attention.head_count', UINT32, uint32(config.n_head)),
    entry('gpt2.attention.layer_norm_epsilon', FLOAT32, float32(config.layer_norm_epsilon)),
    entry('tokenizer.ggml.model', STRING, string('gpt2')),
    entry('tokenizer.ggml.pre', STRING, string('gpt-2')),
    entry('tokenizer.ggml.tokens', ARRAY, array(STRING, texts.map(string))),
    entry(
      'tokenizer.ggml.token_type',
      ARRAY,
      array(
        INT32,
        texts.map((_, id) => uint32(id === endOfText ? 3 : 1)),
      ),
    ),
    entry('tokenizer.ggml.merges', ARRAY, array(STRING, merges.map(string))),
    entry('tokenizer.ggml.bos_token_id', UINT32, uint32(endOfText)),
    entry('tokenizer.ggml.eos_token_id', UINT32, uint32(endOfText)),
  ];
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column]!;
  }
  return result;
}

const aligned = (size: number) => Math.ceil(size / ALIGNMENT) * ALIGNMENT;
const entry = (key: string, type: number, value: Buffer) => Buffer.concat([string(key), uint32(type), value]);
const array = (type: number, values: readonly Buffer[]) =>
  Buffer.concat([uint32(type), uint64(values.length), ...values]);

function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
