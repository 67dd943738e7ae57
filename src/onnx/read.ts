import { fromBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { asBytes, type ByteSource } from '../bytes.js';
import { VoiceprintError } from '../errors.js';
import { DTYPE_BYTES, type Dtype, ONNX_DTYPES } from './dtypes.js';

/**
 * Decodes an ONNX ModelProto.
 * @throws VoiceprintError `graph/invalid` when the bytes are no ONNX model.
 */
export function readModel(source: ByteSource): ModelProto {
  const bytes = asBytes(source);
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    const message = `${bytes.length} bytes are no ONNX model: write it again or fetch it anew`;
    throw new VoiceprintError('graph/invalid', message, { cause });
  }
  if (model.graph === undefined || model.opsetImport.length === 0) {
    const message = `${bytes.length} bytes hold no ONNX graph: write the model again`;
    throw new VoiceprintError('graph/invalid', message);
  }
  return model;
}

/** What {@link checkModel} found in a model. */
export interface ModelSummary {
  readonly opset: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Number of nodes by operator. */
  readonly operators: Readonly<Record<string, number>>;
  readonly parameters: number;
}

/**
 * Checks the structure of a model: every name is defined once, before its use; every output
 * exists; every initializer has the bytes that its shape needs.
 *
 * @throws VoiceprintError `graph/invalid`, naming the offending value.
 */
export function checkModel(bytes: ByteSource): ModelSummary {
  const model = readModel(bytes);
  const graph = model.graph;
  const fail = (what: string): never => {
    throw new VoiceprintError('graph/invalid', `the graph is not well formed: ${what}`);
  };
  if (graph === undefined) return fail('it is missing');
  const defined = new Set<string>();
  const define = (name: string) => {
    if (defined.has(name)) fail(`${name} is defined twice`);
    defined.add(name);
  };
  for (const input of graph.input) define(input.name);
  let parameters = 0;
  for (const tensor of graph.initializer) {
    define(tensor.name);
    const count = tensor.dims.reduce((product, size) => product * Number(size), 1);
    const dtype = dtypeOf(tensor.dataType);
    if (dtype === undefined) fail(`${tensor.name} has element type ${tensor.dataType}`);
    else if (tensor.rawData.length > 0 && tensor.rawData.length !== count * DTYPE_BYTES[dtype]) {
      fail(`${tensor.name} holds ${tensor.rawData.length} bytes for [${tensor.dims}] of ${dtype}`);
    }
    if (dtype !== 'int64') parameters += count;
  }
  const operators: Record<string, number> = {};
  for (const node of graph.node) {
    for (const input of node.input) {
      if (input !== '' && !defined.has(input)) fail(`${node.name} reads ${input} before it exists`);
    }
    for (const output of node.output) define(output);
    operators[node.opType] = (operators[node.opType] ?? 0) + 1;
  }
  for (const output of graph.output) {
    if (!defined.has(output.name)) fail(`output ${output.name} is never computed`);
  }
  return {
    opset: Number(model.opsetImport[0]?.version ?? 0),
    inputs: graph.input.map(({ name }) => name),
    outputs: graph.output.map(({ name }) => name),
    operators,
    parameters,
  };
}

function dtypeOf(code: number): Dtype | undefined {
  const names = Object.keys(ONNX_DTYPES) as Dtype[];
  return names.find((name) => ONNX_DTYPES[name] === code);
}
