/** Reads and writes .safetensors files. Knows nothing of what the tensors mean. */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { fromBfloat16, fromFloat16, toFloat16 } from './half-precision.ts';

/** Bytes of one element. Tensors of every type are located; only F32, F16 and BF16 can be read. */
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
};
/** The limit of the reference implementation. */
const LARGEST_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;

export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Of the first byte, from the beginning of the file. */
  readonly offset: number;
  /** In bytes. */
  readonly length: number;
}

export interface Safetensors {
  readonly file: string;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface TensorData {
  readonly name: string;
  readonly dtype: 'F32' | 'F16';
  readonly shape: readonly number[];
  /** Asked for once, when its turn to be written comes: a getter may read it only then. */
  readonly data: Float32Array;
}

/** Reads and checks the header; no tensor is read yet. */
export function readSafetensors(file: string): Safetensors {
  const descriptor = openForReading(file);
  try {
    const size = fstatSync(descriptor).size;
    const header = readHeader(file, descriptor, size);
    return { file, tensors: locate(file, header.entries, header.end, size), metadata: header.metadata };
  } finally {
    closeSync(descriptor);
  }
}

/** One tensor's values as 32-bit floats, row-major. */
export function readTensor(safetensors: Safetensors, name: string): Float32Array {
  const { length } = entryOf(safetensors, name);
  return readParts(safetensors, name, [{ from: 0, length }]);
}

/** Tensors of one file, which is opened once, one after another in the same memory: each is gone when the next is read. */
export function readEach(
  safetensors: Safetensors,
  names: readonly string[],
  take: (name: string, values: Float32Array) => void,
): void {
  const descriptor = openForReading(safetensors.file);
  const lengths = names.map((name) => entryOf(safetensors, name).length);
  const memory = new Uint8Array(Math.max(0, ...lengths));
  try {
    for (const [index, name] of names.entries()) {
      const bytes = memory.subarray(0, lengths[index]);
      take(name, readOpen(descriptor, safetensors, name, [{ from: 0, length: bytes.length }], bytes));
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Rows of a matrix, in their order, one after another: the others are not read. */
export function readRows(safetensors: Safetensors, name: string, rows: readonly number[]): Float32Array {
  const { length, shape } = entryOf(safetensors, name);
  const width = length / (shape[0] ?? 1); // bytes
  return readParts(
    safetensors,
    name,
    rows.map((row) => ({ from: row * width, length: width })),
  );
}

function entryOf({ file, tensors }: Safetensors, name: string) {
  const entry = tensors.get(name);
  if (!entry) throw refuse(file, `a tensor ${name}`, `none among ${tensors.size}`);
  return entry;
}

/** Bytes within a tensor. */
interface Part {
  readonly from: number;
  readonly length: number;
}

function readParts(safetensors: Safetensors, name: string, parts: readonly Part[]): Float32Array {
  const descriptor = openForReading(safetensors.file);
  try {
    return readOpen(descriptor, safetensors, name, parts);
  } finally {
    closeSync(descriptor);
  }
}

function readOpen(
  descriptor: number,
  safetensors: Safetensors,
  name: string,
  parts: readonly Part[],
  bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0)),
): Float32Array {
  const { file } = safetensors;
  const { dtype, offset } = entryOf(safetensors, name);
  let filled = 0;
  for (const { from, length } of parts) {
    if (readSync(descriptor, bytes, filled, length, offset + from) !== length)
      throw refuse(file, `${name} whole`, 'a file cut short');
    filled += length;
  }
  if (dtype === 'F32') return new Float32Array(bytes.buffer, 0, filled / 4);
  if (dtype === 'F16') return Float32Array.from(new Uint16Array(bytes.buffer, 0, filled / 2), fromFloat16);
  if (dtype === 'BF16') return Float32Array.from(new Uint16Array(bytes.buffer, 0, filled / 2), fromBfloat16);
  throw refuse(file, `${name} in F32, F16 or BF16`, dtype);
}

/** Writes all tensors or, if anything fails, nothing: an earlier file of that name stays whole until the new one is. */
export function writeSafetensors(
  file: string,
  tensors: readonly TensorData[],
  metadata: Readonly<Record<string, string>> = {},
): void {
  const output = beginFile(file);
  try {
    output.write(encodeHeader(tensors, metadata));
    for (const tensor of tensors) output.write(encodeTensor(tensor));
    output.finish();
  } catch (error) {
    output.abandon();
    throw error;
  }
}

export interface TensorHeader {
  readonly name: string;
  readonly dtype: 'F32' | 'F16' | 'BF16' | 'U8';
  readonly shape: readonly number[];
}

/** As `writeSafetensors`, of bytes as they will lie in the file: each tensor's are asked for when its turn comes. */
export async function streamSafetensors<Header extends TensorHeader>(
  file: string,
  tensors: readonly Header[],
  bytesOf: (tensor: Header) => Promise<Uint8Array>,
): Promise<void> {
  const output = beginFile(file);
  try {
    output.write(encodeHeader(tensors, {}));
    for (const tensor of tensors) {
      const bytes = await bytesOf(tensor);
      const { name, dtype, shape } = tensor;
      if (bytes.length !== sizeOf(shape) * ELEMENT_BYTES[dtype]!) {
        throw new Error(`${name} [${shape}] got ${bytes.length} bytes`);
      }
      output.write(bytes);
    }
    output.finish();
  } catch (error) {
    output.abandon();
    throw error;
  }
}

/** A file that takes its name only when it is whole and on the disk. */
function beginFile(file: string) {
  const unfinished = `${file}.${process.pid}.unfinished`;
  const descriptor = openSync(unfinished, 'w');
  let isOpen = true;
  const close = () => {
    if (isOpen) closeSync(descriptor);
    isOpen = false;
  };
  return {
    write: (bytes: Uint8Array) => writeWhole(descriptor, bytes),
    finish() {
      fsyncSync(descriptor);
      close();
      renameSync(unfinished, file);
    },
    abandon() {
      close();
      rmSync(unfinished, { force: true });
    },
  };
}

interface HeaderEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** From the end of the header. */
  readonly range: readonly [begin: number, end: number];
}

function readHeader(file: string, descriptor: number, size: number) {
  const prefix = Buffer.alloc(LENGTH_BYTES);
  if (readSync(descriptor, prefix, 0, LENGTH_BYTES, 0) < LENGTH_BYTES) {
    throw refuse(file, 'a safetensors file', `${size} bytes`);
  }
  const length = Number(prefix.readBigUInt64LE());
  if (length < 2 || length > LARGEST_HEADER_BYTES) {
    throw refuse(file, 'a safetensors file', `a header of ${length} bytes`);
  }
  const end = LENGTH_BYTES + length;
  if (end > size) throw refuse(file, `a header of ${length} bytes`, `a file cut short after ${size} bytes`);
  const bytes = Buffer.alloc(length);
  readSync(descriptor, bytes, 0, length, LENGTH_BYTES);
  const { __metadata__: metadata, ...entries } = parseObject(file, bytes.toString());
  return {
    end,
    metadata: readMetadata(file, metadata),
    entries: Object.entries(entries).map(([name, value]) => readEntry(file, name, value)),
  };
}

function parseObject(file: string, text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw refuse(file, 'a safetensors header in JSON', 'something else', error);
  }
  if (!isObject(parsed)) throw refuse(file, 'a safetensors header that is an object', typeof parsed);
  return parsed;
}

function readMetadata(file: string, value: unknown = {}): Record<string, string> {
  if (!isObject(value)) throw refuse(file, 'metadata that is an object', typeof value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]));
}

function readEntry(file: string, name: string, value: unknown): HeaderEntry {
  const { dtype, shape, data_offsets: range } = isObject(value) ? value : {};
  if (typeof dtype !== 'string' || !ELEMENT_BYTES[dtype]) throw refuse(file, `${name} of a known dtype`, String(dtype));
  if (!isCounts(shape)) throw refuse(file, `${name} with a shape`, JSON.stringify(shape));
  if (!isCounts(range) || range.length !== 2) throw refuse(file, `${name} with data_offsets`, JSON.stringify(range));
  const [begin = 0, end = 0] = range;
  const bytes = shape.reduce((product, size) => product * size, ELEMENT_BYTES[dtype]);
  if (end - begin !== bytes) {
    throw refuse(file, `${name}, ${dtype} [${shape}], in ${bytes} bytes`, `offsets of ${end - begin} bytes`);
  }
  return { name, dtype, shape, range: [begin, end] };
}

/** Tensors must follow one another without gap or overlap and end with the file. */
function locate(
  file: string,
  entries: readonly HeaderEntry[],
  dataStart: number,
  size: number,
): ReadonlyMap<string, TensorEntry> {
  const inOrder = entries.toSorted((a, b) => a.range[0] - b.range[0] || a.range[1] - b.range[1]);
  let expected = 0;
  for (const { name, range } of inOrder) {
    if (range[0] !== expected) throw refuse(file, `${name} at offset ${expected}`, `offset ${range[0]}`);
    expected = range[1];
  }
  if (dataStart + expected !== size) {
    const what = dataStart + expected > size ? 'a file cut short' : 'a longer file';
    throw refuse(file, `${dataStart + expected} bytes`, `${what}, ${size} bytes`);
  }
  return new Map(
    inOrder.map(({ name, dtype, shape, range: [begin, end] }) => [
      name,
      { name, dtype, shape, offset: dataStart + begin, length: end - begin },
    ]),
  );
}

function encodeHeader(tensors: readonly TensorHeader[], metadata: Readonly<Record<string, string>>): Uint8Array {
  // Python's readers want to be told whose tensor layout this is: "pt" is row-major, as here.
  const header: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } };
  let begin = 0;
  for (const { name, dtype, shape } of tensors) {
    const end = begin + sizeOf(shape) * ELEMENT_BYTES[dtype]!;
    header[name] = { dtype, shape, data_offsets: [begin, end] };
    begin = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  // Padded with spaces, so that the data begin at a multiple of 8 bytes.
  const padded = Buffer.alloc(LENGTH_BYTES + Math.ceil(json.length / 8) * 8, ' ');
  padded.writeBigUInt64LE(BigInt(padded.length - LENGTH_BYTES));
  json.copy(padded, LENGTH_BYTES);
  return padded;
}

function encodeTensor({ name, dtype, shape, data }: TensorData): Uint8Array {
  if (data.length !== sizeOf(shape)) throw new Error(`${name} [${shape}] got ${data.length} values`);
  const elements = dtype === 'F16' ? Uint16Array.from(data, toFloat16) : data;
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
}

function openForReading(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    throw refuse(file, 'a file that can be read', error instanceof Error ? error.message : 'none', error);
  }
}

/** A single write may be partial, above all of more than 2 GiB. */
function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(descriptor, bytes, written, Math.min(bytes.length - written, 2 ** 30));
  }
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);

function refuse(file: string, expected: string, found: string, cause?: unknown): UserError {
  return new UserError(`${file}: expected ${expected}, found ${found}`, {
    hint: 'Copy or download the file again.',
    cause,
  });
}
