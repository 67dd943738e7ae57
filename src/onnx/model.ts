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
  /** Little-endian, row-major; as a function it is called while the model is written, and once. */
  readonly bytes: Uint8Array | (() => Uint8Array);
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

/** Bytes that are at hand, or that are made when their turn comes. */
type Part = Uint8Array | { readonly length: number; readonly make: () => Uint8Array };

/**
 * Encodes a graph as the bytes of an ONNX `ModelProto`. All lengths are known beforehand, so that a
 * large model is written once, into its final place, and never held twice.
 * Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3
 */
export function writeModel(graph: GraphDefinition): Uint8Array {
  const parts: Part[] = graph.nodes.map((node) => message(1, (out) => writeNode(out, node)));
  parts.push(new WireWriter().string(2, graph.name).finish());
  for (const tensor of graph.initializers) parts.push(...tensorParts(tensor));
  for (const port of graph.inputs) parts.push(message(11, (out) => writePort(out, port)));
  for (const port of graph.outputs) parts.push(message(12, (out) => writePort(out, port)));

  const model = new WireWriter();
  model.integer(1, IR_VERSION).string(2, 'voiceprint-web');
  model.message(8, (opset) => opset.string(1, '').integer(2, graph.opset));
  for (const [key, value] of Object.entries(graph.metadata ?? {})) {
    model.message(14, (entry) => entry.string(1, key).string(2, value));
  }
  const head = model.header(7, totalLength(parts)).finish();
  return join([head, ...parts]);
}

function message(field: number, write: (writer: WireWriter) => void): Uint8Array {
  return new WireWriter().message(field, write).finish();
}

function totalLength(parts: readonly Part[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function join(parts: readonly Part[]): Uint8Array {
  const joined = new Uint8Array(totalLength(parts));
  let at = 0;
  for (const part of parts) {
    const bytes = 'make' in part ? part.make() : part;
    if (bytes.length !== part.length) {
      throw new RangeError(`${bytes.length} bytes of a tensor instead of ${part.length}`);
    }
    joined.set(bytes, at);
    at += bytes.length;
  }
  return joined;
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

function tensorParts({ name, dtype, shape, bytes }: InitializerDefinition): Part[] {
  const length = shape.reduce((product, size) => product * size, 1) * DTYPE_BYTES[dtype];
  if (typeof bytes !== 'function' && bytes.length !== length) {
    throw new RangeError(`${name}: ${bytes.length} bytes for [${shape}] of ${dtype}`);
  }
  const tensor = new WireWriter();
  for (const size of shape) tensor.integer(1, size);
  const head = tensor.integer(2, ONNX_DTYPES[dtype]).string(8, name).header(9, length).finish();
  const opening = new WireWriter().header(5, head.length + length).finish();
  return [opening, head, typeof bytes === 'function' ? { length, make: bytes } : bytes];
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
