/** The part of the ONNX wire format that we write. Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */
import protobuf from 'protobufjs/light.js';

const PROTO = {
  ModelProto: {
    irVersion: ['int64', 1],
    producerName: ['string', 2],
    graph: ['GraphProto', 7],
    opsetImport: ['OperatorSetIdProto', 8, 'repeated'],
  },
  OperatorSetIdProto: { domain: ['string', 1], version: ['int64', 2] },
  GraphProto: {
    node: ['NodeProto', 1, 'repeated'],
    name: ['string', 2],
    initializer: ['TensorProto', 5, 'repeated'],
    input: ['ValueInfoProto', 11, 'repeated'],
    output: ['ValueInfoProto', 12, 'repeated'],
  },
  NodeProto: {
    input: ['string', 1, 'repeated'],
    output: ['string', 2, 'repeated'],
    name: ['string', 3],
    opType: ['string', 4],
    attribute: ['AttributeProto', 5, 'repeated'],
    domain: ['string', 7],
  },
  AttributeProto: {
    name: ['string', 1],
    f: ['float', 2],
    i: ['int64', 3],
    s: ['bytes', 4],
    ints: ['int64', 8, 'repeated'],
    type: ['int32', 20],
  },
  TensorProto: {
    dims: ['int64', 1, 'repeated'],
    dataType: ['int32', 2],
    name: ['string', 8],
    rawData: ['bytes', 9],
    externalData: ['StringStringEntryProto', 13, 'repeated'],
    dataLocation: ['int32', 14],
  },
  StringStringEntryProto: { key: ['string', 1], value: ['string', 2] },
  ValueInfoProto: { name: ['string', 1], type: ['TypeProto', 2] },
  TypeProto: { tensorType: ['TensorTypeProto', 1] },
  TensorTypeProto: { elemType: ['int32', 1], shape: ['TensorShapeProto', 2] },
  TensorShapeProto: { dim: ['DimensionProto', 1, 'repeated'] },
  DimensionProto: { dimValue: ['int64', 1], dimParam: ['string', 2] },
} as const;

const root = protobuf.Root.fromJSON({
  nested: Object.fromEntries(
    Object.entries(PROTO).map(([message, fields]) => [
      message,
      {
        fields: Object.fromEntries(
          Object.entries(fields).map(([name, [type, id, rule]]) => [name, rule ? { type, id, rule } : { type, id }]),
        ),
      },
    ]),
  ),
});

/** TensorProto.DataType. */
export const DATA_TYPE = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
} as const;
export type DataType = keyof typeof DATA_TYPE;

/** TensorProto.DataLocation: the bytes lie in another file, named by `externalData`. */
export const EXTERNAL = 1;

export type Attribute = number | string | readonly number[];

/** Attributes that ONNX types as FLOAT; every other number is an INT. */
const FLOATS = new Set(['alpha', 'beta', 'epsilon', 'scale', 'softcap']);

export function encodeAttribute(name: string, value: Attribute): object {
  if (typeof value === 'string') return { name, type: 3, s: new TextEncoder().encode(value) };
  if (typeof value !== 'number') return { name, type: 7, ints: value };
  return FLOATS.has(name) ? { name, type: 1, f: value } : { name, type: 2, i: value };
}

/** @param model a ModelProto as a plain object with the field names above. */
export function encodeModel(model: object): Uint8Array {
  const type = root.lookupType('ModelProto');
  return type.encode(type.fromObject(model)).finish();
}
