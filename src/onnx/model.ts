import { DTYPE_BYTES, type Dtype, ONNX_DTYPES } from './dtypes.js';
import { WireWriter } from './wire.js';

/** A size that is known, or the name of one that the caller chooses at run time. */
export type Dim = number | string;

export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] };

export interface NodeDefinition {
  readonly op: string;
  readonly name: string;
  /** `''` stands for an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface InitializerDefinition {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Little-endian, row-major. */
  readonly bytes: Uint8Array;
}

export interface PortDefinition {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly Dim[];
}

export interface GraphDefinition {
  readonly name: string;
  readonly opset: number;
  readonly inputs: readonly PortDefinition[];
  readonly outputs: readonly PortDefinition[];
  readonly nodes: readonly NodeDefinition[];
  readonly initializers: readonly InitializerDefinition[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/** IR version of ONNX 1.15, the first with opset 20. */
const IR_VERSION = 9;
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, ints: 7 } as const;

/**
 * Encodes a graph as the bytes of an ONNX `ModelProto`.
 * Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3
 */
export function writeModel(graph: GraphDefinition): Uint8Array {
  const model = new WireWriter();
  model.integer(1, IR_VERSION).string(2, 'voiceprint-web');
  model.message(8, (opset) => opset.string(1, '').integer(2, graph.opset));
  for (const [key, value] of Object.entries(graph.metadata ?? {})) {
    model.message(14, (entry) => entry.string(1, key).string(2, value));
  }
  model.message(7, (proto) => {
    for (const node of graph.nodes) proto.message(1, (out) => writeNode(out, node));
    proto.string(2, graph.name);
    for (const tensor of graph.initializers) proto.message(5, (out) => writeTensor(out, tensor));
    for (const port of graph.inputs) proto.message(11, (out) => writePort(out, port));
    for (const port of graph.outputs) proto.message(12, (out) => writePort(out, port));
  });
  return model.finish().slice();
}

function writeNode(out: WireWriter, node: NodeDefinition): void {
  for (const input of node.inputs) out.string(1, input);
  for (const output of node.outputs) out.string(2, output);
  out.string(3, node.name).string(4, node.op);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    out.message(5, (proto) => writeAttribute(proto, name, attribute));
  }
}

function writeAttribute(out: WireWriter, name: string, attribute: Attribute): void {
  out.string(1, name);
  switch (attribute.kind) {
    case 'float':
      out.float(2, attribute.value);
      break;
    case 'int':
      out.integer(3, attribute.value);
      break;
    case 'string':
      out.string(4, attribute.value);
      break;
    case 'ints':
      for (const value of attribute.value) out.integer(8, value);
      break;
  }
  out.integer(20, ATTRIBUTE_TYPE[attribute.kind]);
}

function writeTensor(out: WireWriter, tensor: InitializerDefinition): void {
  const count = tensor.shape.reduce((product, size) => product * size, 1);
  if (tensor.bytes.length !== count * DTYPE_BYTES[tensor.dtype]) {
    throw new RangeError(
      `${tensor.name}: ${tensor.bytes.length} bytes for [${tensor.shape}] of ${tensor.dtype}`,
    );
  }
  for (const size of tensor.shape) out.integer(1, size);
  out.integer(2, ONNX_DTYPES[tensor.dtype]).string(8, tensor.name).raw(9, tensor.bytes);
}

function writePort(out: WireWriter, port: PortDefinition): void {
  out.string(1, port.name);
  out.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.integer(1, ONNX_DTYPES[port.dtype]);
      tensor.message(2, (shape) => {
        for (const dim of port.shape) {
          shape.message(1, (proto) =>
            typeof dim === 'number' ? proto.integer(1, dim) : proto.string(2, dim),
          );
        }
      });
    }),
  );
}
