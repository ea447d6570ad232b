/** What is made of the graph's outputs. */
import * as ort from 'onnxruntime-node';
import type { Gpt2Config } from './gpt2-config.ts';

/** What can be had of a forward pass. Everything else is not copied out. */
export interface Activations {
  /** Next-token logits, V at each wanted position: row after row, without gaps. */
  readonly logits: Float32Array;
  /** What to subtract from a position's logits to have log-probabilities in nats: one number a wanted position. */
  readonly logNormalizers: Float32Array;
  /** Of the tokens `next`, in nats: one number a wanted position. */
  readonly logProbabilities: Float32Array;
  /** The softmax of logits / temperature, laid out like the logits. */
  readonly probabilities: Float32Array;
  /** A probability is exp(logit / temperature - this): one number a wanted position. */
  readonly logPartitions: Float32Array;
  /** The state after ln_f, C at each new token: row after row, every row as long as the longest. */
  readonly hidden: Float32Array;
}
export type Output = keyof Activations;

/** The graph's outputs that each is made of. */
const MADE_OF: Readonly<Record<Output, readonly string[]>> = {
  logits: ['logits'],
  logNormalizers: ['largest', 'likeliest'],
  logProbabilities: ['next_logit', 'largest', 'likeliest'],
  probabilities: ['probabilities'],
  logPartitions: ['largest', 'likeliest_tempered'],
  hidden: ['last_hidden_state'],
};

/** How new tokens lie beside each other: each row has its own at its beginning, and behind them what nobody looks at. */
export interface Laid {
  readonly rows: number;
  readonly columns: number;
}

type Results = Readonly<Record<string, ort.Tensor>>;

/** What to fetch for them. */
export function partsOf(want: readonly Output[]): readonly string[] {
  return [...new Set(want.flatMap((name) => MADE_OF[name]))];
}

/** Tensors for these parts to be written into, of so many wanted positions among so many new tokens. */
export function partTensors(
  parts: readonly string[],
  { vocab_size: V, n_embd: C }: Gpt2Config,
  { wanted, tokens }: { readonly wanted: number; readonly tokens: number },
  memory: (part: string, floats: number) => Float32Array,
): Record<string, ort.Tensor> {
  const shapes: Readonly<Record<string, readonly [number, number]>> = {
    logits: [wanted, V],
    probabilities: [wanted, V],
    shares: [wanted, V],
    tempered: [wanted, V],
    last_hidden_state: [tokens, C],
  };
  return Object.fromEntries(
    parts.map((part) => {
      const [rows, columns] = shapes[part] ?? [wanted, 1];
      return [part, new ort.Tensor('float32', memory(part, rows * columns), [rows, columns])];
    }),
  );
}

/**
 * Leaves out what was computed for tokens that fill rows and columns only: positions behind the wanted ones, and states behind the
 * longest row.
 */
export function withoutFiller(
  parts: Results,
  { lengths, laid, at }: { lengths: readonly number[]; laid: Laid; at: 'last' | 'every' },
): Results {
  const wanted = at === 'last' ? lengths.length : lengths.reduce((sum, length) => sum + length, 0);
  const cut = (part: string, tensor: ort.Tensor): ort.Tensor => {
    const size = tensor.dims[1]!;
    const data = floatsOf(tensor);
    if (part !== 'last_hidden_state') return new ort.Tensor('float32', data.subarray(0, wanted * size), [wanted, size]);
    const longest = Math.max(...lengths);
    for (let row = 1; row < lengths.length; row++) {
      data.copyWithin(row * longest * size, row * laid.columns * size, (row * laid.columns + longest) * size);
    }
    const tokens = lengths.length * longest;
    return new ort.Tensor('float32', data.subarray(0, tokens * size), [tokens, size]);
  };
  return Object.fromEntries(Object.entries(parts).map(([part, tensor]) => [part, cut(part, tensor)]));
}

/** @param temperatures of the wanted positions, at least. */
export function activationsOf<Wanted extends Output>(
  want: readonly Wanted[],
  results: Results,
  temperatures: Float32Array,
): Pick<Activations, Wanted> {
  const wanted = want.map((name) => [name, activation(name, results, temperatures)] as const);
  return Object.fromEntries(wanted) as Pick<Activations, Wanted>;
}

function activation(name: Output, results: Results, temperatures: Float32Array): Float32Array {
  const [values, second, third] = MADE_OF[name].map((part) => floatsOf(results[part]));
  if (!values) throw new Error(`${name} is made of nothing`);
  switch (name) {
    case 'logNormalizers':
      return values.map((logit, at) => logit - Math.log(second![at]!));
    case 'logPartitions':
      return values.map((logit, at) => logit / temperatures[at]! - Math.log(second![at]!));
    case 'logProbabilities':
      return values.map((logit, at) => logit - (second![at]! - Math.log(third![at]!)));
    default:
      return values;
  }
}

export function floatsOf(tensor: ort.Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new Error(`Expected floats from the graph, got ${tensor?.type}`);
  return tensor.data;
}
