/** Builds an ONNX graph: inputs, weights that lie in other files, nodes, outputs. Knows nothing of what it computes. */
import { type Attribute, DATA_TYPE, type DataType, EXTERNAL, encodeAttribute, encodeModel } from './model-proto.ts';
import { inferTypes } from './shape-inference.ts';

/** A number, or the name of a dimension that only a run decides. */
export type Dimension = number | string;
export type Shape = readonly Dimension[];
export interface TensorType {
  readonly dtype: DataType;
  readonly shape: Shape;
}
export interface Value extends TensorType {
  readonly name: string;
  /** The elements of a constant, where shape inference or another pass may want them. */
  readonly elements?: readonly number[];
}
export type Attributes = Readonly<Record<string, Attribute>>;
export interface Node {
  readonly operator: string;
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}
/** Where a weight's bytes lie. `location` is a path relative to the graph's file; `offset` and `length` are bytes. */
export interface ExternalData {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** A boolean's element is 0 or 1. */
type ConstantType = 'float32' | 'int64' | 'int32' | 'bool';

/** Operators of onnxruntime's own domain; every other one is ONNX's. */
const MICROSOFT = new Set(['FusedMatMul', 'GatherBlockQuantized', 'GroupQueryAttention', 'MatMulNBits']);
const OPSET = 20;
const IR_VERSION = 9;

export class GraphBuilder {
  readonly nodes: Node[] = [];
  readonly #inputs: Value[] = [];
  readonly #outputs = new Map<string, Value>();
  readonly #given = new Map<string, Value>();
  readonly #initializers: ({ readonly name: string } & Readonly<Record<string, unknown>>)[] = [];
  readonly #constants = new Map<string, Value>();
  #names = 0;

  input(name: string, dtype: DataType, shape: Shape): Value {
    const value = { name, dtype, shape };
    this.#inputs.push(value);
    return value;
  }

  /**
   * Makes a value that nodes produce an input under a name of its own: who runs the graph has it from elsewhere, and what
   * only led to it is left out.
   */
  given(value: Value, name: string): void {
    this.#given.set(value.name, { ...value, name });
  }

  /** A small constant inside the graph; the same one asked for twice is the same value. */
  constant(elements: readonly number[], dtype: ConstantType = 'float32', shape?: Shape): Value {
    const dims = shape ?? [elements.length];
    const key = `${dtype}:${dims.join('x')}:${elements.join()}`;
    const known = this.#constants.get(key);
    if (known) return known;

    const value = { name: `constant_${this.#constants.size}`, dtype, shape: dims, elements };
    this.#initializers.push({ name: value.name, dims, dataType: DATA_TYPE[dtype], rawData: bytesOf(elements, dtype) });
    this.#constants.set(key, value);
    return value;
  }

  scalar(element: number, dtype: ConstantType = 'float32'): Value {
    return this.constant([element], dtype, []);
  }

  /** A weight that stays where it is: the runtime reads `data.length` bytes at `data.offset` of another file. */
  external(name: string, dtype: DataType, shape: readonly number[], data: ExternalData): Value {
    this.#initializers.push({
      name,
      dims: shape,
      dataType: DATA_TYPE[dtype],
      dataLocation: EXTERNAL,
      externalData: Object.entries(data).map(([key, value]) => ({ key, value: String(value) })),
    });
    return { name, dtype, shape };
  }

  /**
   * Appends a node. `null` stands for an optional input left out. Types and shapes of the outputs are inferred, unless
   * they are given because they follow from values that only a run knows.
   */
  add(
    operator: string,
    inputs: readonly (Value | null)[],
    attributes: Attributes = {},
    types: readonly TensorType[] = inferTypes(operator, inputs, attributes),
  ): readonly Value[] {
    const outputs = types.map((type) => ({ ...type, name: `${operator}_${this.#names++}` }));
    this.nodes.push({ operator, inputs, outputs, attributes });
    return outputs;
  }

  /** `add` for the operators whose first output is the one that matters. */
  op(operator: string, inputs: readonly (Value | null)[], attributes: Attributes = {}): Value {
    const [first] = this.add(operator, inputs, attributes);
    if (!first) throw new Error(`${operator} has no output`);
    return first;
  }

  output(value: Value, name: string): void {
    const produced =
      this.nodes.some((node) => node.outputs.includes(value)) && ![...this.#outputs.values()].includes(value);
    this.#outputs.set(name, produced ? value : this.op('Identity', [value]));
  }

  /** The graph as a ModelProto. What no output needs is left out: onnxruntime would compute it on every run. */
  encode(): Uint8Array {
    const { nodes, names } = this.#needed();
    const outputNames = new Map([...this.#outputs].map(([name, value]) => [value.name, name]));
    const nameOf = (value: Value | null) => {
      if (!value) return '';
      return this.#given.get(value.name)?.name ?? outputNames.get(value.name) ?? value.name;
    };
    // A node may produce a given value beside one that is needed; then the produced one gets a name that nobody reads.
    const producedName = (value: Value) => (this.#given.has(value.name) ? value.name : nameOf(value));

    return encodeModel({
      irVersion: IR_VERSION,
      producerName: 'eidolon',
      opsetImport: [
        { domain: '', version: OPSET },
        { domain: 'com.microsoft', version: 1 },
      ],
      graph: {
        name: 'eidolon',
        initializer: this.#initializers.filter(({ name }) => names.has(name)),
        input: [...this.#inputs, ...this.#given.values()].map(encodeValueInfo),
        output: [...this.#outputs].map(([name, value]) => encodeValueInfo({ ...value, name })),
        node: nodes.map(({ operator, inputs, outputs, attributes }, index) => ({
          name: `${operator}_${index}`,
          opType: operator,
          domain: MICROSOFT.has(operator) ? 'com.microsoft' : '',
          input: inputs.map(nameOf),
          output: outputs.map(producedName),
          attribute: Object.entries(attributes).map(([name, value]) => encodeAttribute(name, value)),
        })),
      },
    });
  }

  #needed(): { readonly nodes: readonly Node[]; readonly names: ReadonlySet<string> } {
    const names = new Set([...this.#outputs.values()].map(({ name }) => name));
    const nodes = this.nodes.toReversed().filter(({ inputs, outputs }) => {
      const needed = outputs.some(({ name }) => names.has(name) && !this.#given.has(name));
      if (needed) for (const input of inputs) if (input) names.add(input.name);
      return needed;
    });
    return { nodes: nodes.reverse(), names };
  }
}

function encodeValueInfo({ name, dtype, shape }: Value): object {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: DATA_TYPE[dtype], shape: { dim } } } };
}

function bytesOf(elements: readonly number[], dtype: ConstantType): Uint8Array {
  if (dtype === 'bool') return Uint8Array.from(elements);
  if (dtype === 'float32') return new Uint8Array(Float32Array.from(elements).buffer);
  if (dtype === 'int32') return new Uint8Array(Int32Array.from(elements).buffer);
  return new Uint8Array(BigInt64Array.from(elements, BigInt).buffer);
}
