/**
 * What a model whose matrices are stored in few bits says of itself in its config.json, and which tensors it holds. A matrix
 * [rows, columns] of codes is stored as onnxruntime's MatMulNBits and GatherBlockQuantized read it: each row in blocks of 32
 * to 256 columns, with a scale for each block, and a zero point where blocks are not symmetric.
 */
import { z } from 'zod';
import type { Gpt2Config } from '../gpt2-config.ts';
import { headWeight, parameterShapes } from '../gpt2-graph.ts';

export type Bits = 4 | 8;

/** How many columns of a row can have a scale together. */
export const BLOCKS = [32, 64, 128, 256] as const;
export type Block = (typeof BLOCKS)[number];

export interface Quantization {
  /** Of the layers' matrices. */
  readonly bits: Bits;
  /** Of the tokens' vectors, and of the head. */
  readonly embeddingBits: Bits;
  /** Whether the middle code always stands for 0; else each block has its own that does. */
  readonly symmetric: boolean;
  /** Columns that have a scale together. */
  readonly block: Block;
}

/**
 * Whether the runtime multiplies rows two by two, and one that is left over in another order: then it has to be given rows in
 * pairs, for else what is written would depend on what is beside it.
 */
export function readsInPairs({ bits, embeddingBits, block }: Quantization): boolean {
  return block > (bits === 4 || embeddingBits === 4 ? 32 : 64);
}

const bits = z.union([z.literal(4), z.literal(8)]);
/** `quantization_config` of a config.json: its names are those that Python's tools use, as far as they have any. */
export const quantizationSchema = z.looseObject({
  quant_method: z.literal('matmul_nbits'),
  bits,
  embedding_bits: bits,
  group_size: z.literal(BLOCKS),
  sym: z.boolean(),
});

export function quantizationOf(json: z.infer<typeof quantizationSchema>): Quantization {
  return { bits: json.bits, embeddingBits: json.embedding_bits, symmetric: json.sym, block: json.group_size };
}

export function quantizationJson({ bits, embeddingBits, symmetric, block }: Quantization) {
  return {
    quant_method: 'matmul_nbits',
    bits,
    embedding_bits: embeddingBits,
    group_size: block,
    sym: symmetric,
  } satisfies z.infer<typeof quantizationSchema>;
}

/** A matrix as it is stored: each of its rows adds into one output of a layer, or is a token's vector. */
export interface CodedMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly bits: Bits;
  readonly block: Block;
}

/** The parts of the matrix with that name. */
export const codesOf = (name: string): string => `${name}.codes`;
export const scalesOf = (name: string): string => `${name}.scales`;
export const zeroPointsOf = (name: string): string => `${name}.zero_points`;

/** Every matrix that is stored in codes, by its parameter's name. Positions' vectors are few, and stay as they were. */
export function codedMatrices(config: Gpt2Config, quantization: Quantization): ReadonlyMap<string, CodedMatrix> {
  const tokens = ['wte.weight', headWeight(config)];
  const { bits, embeddingBits, block } = quantization;
  return new Map(
    [...parameterShapes(config)].flatMap(([name, [first = 0, second]]): [string, CodedMatrix][] => {
      if (second === undefined || name === 'wpe.weight') return [];
      if (tokens.includes(name)) return [[name, { rows: first, columns: second, bits: embeddingBits, block }]];
      return [[name, { rows: second, columns: first, bits, block }]]; // linear layers are [in, out]
    }),
  );
}

type Coded = Pick<CodedMatrix, 'columns' | 'bits' | 'block'>;
export const blocksIn = ({ columns, block }: Pick<Coded, 'columns' | 'block'>): number => Math.ceil(columns / block);
/** Bytes of one block's codes. */
export const blockBytes = ({ bits, block }: Pick<Coded, 'bits' | 'block'>): number => (block * bits) / 8;

export interface StoredShape {
  /** Any type of floats where it is left out. */
  readonly dtype?: 'U8' | 'F32';
  readonly shape: readonly number[];
}

/** Name, type and shape of every tensor of a model with that config, in the order in which they are stored. */
export function quantizedShapes(config: Gpt2Config, quantization: Quantization): ReadonlyMap<string, StoredShape> {
  const matrices = codedMatrices(config, quantization);
  return new Map(
    [...parameterShapes(config)].flatMap(([name, shape]): [string, StoredShape][] => {
      const matrix = matrices.get(name);
      return matrix ? partsOf(name, matrix, quantization) : [[name, { shape }]];
    }),
  );
}

function partsOf(name: string, matrix: CodedMatrix, { symmetric }: Quantization) {
  const { rows, bits } = matrix;
  const blocks = blocksIn(matrix);
  const points: [string, StoredShape] = [
    zeroPointsOf(name),
    { dtype: 'U8', shape: [rows, Math.ceil((blocks * bits) / 8)] },
  ];
  const parts: [string, StoredShape][] = [
    [codesOf(name), { dtype: 'U8', shape: [rows, blocks, blockBytes(matrix)] }],
    [scalesOf(name), { dtype: 'F32', shape: [rows, blocks] }],
  ];
  return symmetric ? parts : [...parts, points];
}
