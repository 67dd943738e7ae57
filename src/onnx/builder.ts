import { type Dtype, ONNX_DTYPES } from './dtypes.js';
import {
  type Attribute,
  type Dim,
  type GraphDefinition,
  type InitializerDefinition,
  type NodeDefinition,
  type PortDefinition,
  writeModel,
} from './model.js';
import { floatBytes, type Precision, packWeight } from './weights.js';

/** A value that flows through the graph: an input, a constant or the output of a node. */
export interface Value {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly Dim[];
}

/** Element type and sizes of a value. */
export type ValueType = Pick<Value, 'dtype' | 'shape'>;

/** Numbers of a node's attributes: integers unless wrapped by {@link float}. */
export type AttributeInput = number | string | readonly number[] | Attribute;

/** Marks a number as a float attribute. */
export function float(value: number): Attribute {
  return { kind: 'float', value };
}

export interface GraphBuilderOptions {
  /** Name of the graph, for tools that show it. */
  readonly name: string;
  /** @default 'fp32' */
  readonly precision?: Precision;
  /**
   * Outputs to keep, in this order; others are dropped with the nodes that only they need.
   * @default all, in the order in which they were made
   */
  readonly outputs?: readonly string[];
  /** Written into the model's `metadata_props`. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** For graphs that never run on WebGPU: a node may bind any number of buffers. @default false */
  readonly wasmOnly?: boolean;
}

/**
 * Most buffers that a node may bind, inputs and outputs together: WebGPU promises no more to a
 * shader (`maxStorageBuffersPerShaderStage`), and a node that needs more fails when it is run.
 */
export const MOST_BUFFERS = 8;

/** ONNX operator set of every graph that the builder writes. */
const OPSET = 20;

/**
 * Collects the nodes of an ONNX graph. Shapes are followed while the graph is built, so that
 * nothing is left to shape arithmetic at run time; sizes that only the caller knows are names.
 * Operators live in `elementwise.ts`, `linear.ts`, `movement.ts` and `reduction.ts`.
 */
export class GraphBuilder {
  private readonly inputs: PortDefinition[] = [];
  private readonly outputs: { name: string; value: Value }[] = [];
  private readonly nodes: NodeDefinition[] = [];
  private readonly initializers = new Map<string, InitializerDefinition>();
  private readonly smallConstants = new Map<string, Value>();
  private readonly names = new Map<string, number>();

  constructor(private readonly options: GraphBuilderOptions) {}

  input(name: string, dtype: Dtype, shape: readonly Dim[]): Value {
    const value = { name: this.uniqueName(name), dtype, shape };
    this.inputs.push(value);
    return value;
  }

  /** Offers a value as an output of the graph under `name`. */
  output(name: string, value: Value): void {
    this.outputs.push({ name, value });
  }

  /** A node with one output. */
  node(
    op: string,
    inputs: readonly (Value | undefined)[],
    result: ValueType,
    attributes: Readonly<Record<string, AttributeInput>> = {},
  ): Value {
    const value = this.named(op, result);
    this.append(op, inputs, [value], attributes);
    return value;
  }

  /** A node with several outputs. */
  nodeWithOutputs(
    op: string,
    inputs: readonly (Value | undefined)[],
    results: readonly ValueType[],
    attributes: Readonly<Record<string, AttributeInput>> = {},
  ): Value[] {
    const values = results.map((type) => this.named(op, type));
    this.append(op, inputs, values, attributes);
    return values;
  }

  /** A float32 constant that is never packed. Values are rounded from float64 here, once. */
  constant(hint: string, values: ArrayLike<number>, shape: readonly number[]): Value {
    return this.initializer(hint, 'float32', shape, floatBytes(Float32Array.from(values)));
  }

  scalar(value: number): Value {
    return this.shared(`f${value}`, () => this.constant('scalar', [value], []));
  }

  /** An int64 vector: axes, shapes, starts and ends. */
  integers(values: readonly number[]): Value {
    return this.shared(`i${values}`, () => {
      const data = BigInt64Array.from(values, BigInt);
      return this.initializer('ints', 'int64', [values.length], new Uint8Array(data.buffer));
    });
  }

  integerScalar(value: number): Value {
    return this.shared(`n${value}`, () => {
      const data = BigInt64Array.of(BigInt(value));
      return this.initializer('int', 'int64', [], new Uint8Array(data.buffer));
    });
  }

  /**
   * A float32 weight, stored at the builder's precision where it is large enough to matter.
   *
   * @param values - a function is called again when the model is written, and its values are not
   *   kept meanwhile: large weights need no second place in memory.
   * @param outputAxis - the output-channel axis, which carries the scales of int8 storage.
   * @param coarsest - for a weight that int8 would cost more than its bytes are worth: 'fp16' keeps
   *   it at halves in an int8 graph.
   */
  weight(
    hint: string,
    values: ArrayLike<number> | (() => ArrayLike<number>),
    shape: readonly number[],
    outputAxis: number,
    coarsest: 'fp16' | 'int8' = 'int8',
  ): Value {
    const { precision: asked = 'fp32' } = this.options;
    const precision = asked === 'int8' ? coarsest : asked;
    const later = typeof values === 'function' ? values : undefined;
    if (later !== undefined && precision === 'fp32') {
      return this.initializer(hint, 'float32', shape, () => floatBytes(later()));
    }
    // The range of fp16 and the scales of int8 must be known before the graph is written.
    const now = typeof values === 'function' ? values() : values;
    const { dtype, bytes, scales } = packWeight(now, shape, outputAxis, precision);
    const stored =
      later === undefined ? bytes : () => packWeight(later(), shape, outputAxis, precision).bytes;
    if (dtype === 'float32') return this.initializer(hint, dtype, shape, stored);
    const suffix = dtype === 'float16' ? 'half' : 'int8';
    const wide = this.widen(this.initializer(`${hint}.${suffix}`, dtype, shape, stored));
    if (scales === undefined) return wide;
    const scale = this.constant(`${hint}.scale`, scales.values, scales.shape);
    return this.node('Mul', [wide, scale], { dtype: 'float32', shape });
  }

  /** The graph as data, without the nodes and constants that no output needs. */
  build(): GraphDefinition {
    const rename = new Map<string, string>();
    const outputs = this.wantedOutputs();
    const nodes = [...this.nodes];
    const fixed = new Set([...this.inputs.map(({ name }) => name), ...this.initializers.keys()]);
    for (const { name, value } of outputs) {
      if (!fixed.has(value.name) && !rename.has(value.name)) rename.set(value.name, name);
      else nodes.push(identity(value.name, name));
    }
    const called = (name: string) => rename.get(name) ?? name;
    const needed = new Set(outputs.map(({ name }) => name));
    const kept: NodeDefinition[] = [];
    for (const node of nodes.reverse()) {
      const produced = node.outputs.map(called);
      if (!produced.some((name) => needed.has(name))) continue;
      const inputs = node.inputs.map(called);
      for (const input of inputs) needed.add(input);
      kept.push({ ...node, inputs, outputs: produced });
    }
    return {
      name: this.options.name,
      opset: OPSET,
      inputs: this.inputs,
      outputs: outputs.map(({ name, value: { dtype, shape } }) => ({ name, dtype, shape })),
      nodes: kept.reverse(),
      initializers: [...this.initializers.values()].filter(({ name }) => needed.has(name)),
      metadata: this.options.metadata ?? {},
    };
  }

  /** The graph as ONNX ModelProto bytes. */
  finish(): Uint8Array {
    return writeModel(this.build());
  }

  private named(op: string, { dtype, shape }: ValueType): Value {
    return { name: this.uniqueName(op.toLowerCase()), dtype, shape };
  }

  private wantedOutputs(): { name: string; value: Value }[] {
    return (this.options.outputs ?? this.outputs.map(({ name }) => name)).map((name) => {
      const found = this.outputs.find((output) => output.name === name);
      if (found === undefined) throw new RangeError(`the graph has no output ${name}`);
      return found;
    });
  }

  private append(
    op: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly Value[],
    attributes: Readonly<Record<string, AttributeInput>>,
  ): void {
    const buffers = inputs.filter((value) => value !== undefined).length + outputs.length;
    if (buffers > MOST_BUFFERS && this.options.wasmOnly !== true) {
      throw new RangeError(
        `${op} binds ${buffers} buffers, WebGPU promises ${MOST_BUFFERS}: cut it into several nodes`,
      );
    }
    this.nodes.push({
      op,
      name: outputs[0]?.name ?? op,
      inputs: inputs.map((value) => value?.name ?? ''),
      outputs: outputs.map(({ name }) => name),
      attributes: Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [name, toAttribute(value)]),
      ),
    });
  }

  private initializer(
    hint: string,
    dtype: Dtype,
    shape: readonly number[],
    bytes: InitializerDefinition['bytes'],
  ): Value {
    const name = this.uniqueName(hint);
    this.initializers.set(name, { name, dtype, shape, bytes });
    return { name, dtype, shape };
  }

  private shared(key: string, make: () => Value): Value {
    const known = this.smallConstants.get(key) ?? make();
    this.smallConstants.set(key, known);
    return known;
  }

  private widen(value: Value): Value {
    const result = { dtype: 'float32', shape: value.shape } as const;
    return this.node('Cast', [value], result, { to: ONNX_DTYPES.float32 });
  }

  private uniqueName(hint: string): string {
    const count = this.names.get(hint) ?? 0;
    this.names.set(hint, count + 1);
    return count === 0 ? hint : this.uniqueName(`${hint}_${count}`);
  }
}

function identity(input: string, output: string): NodeDefinition {
  return { op: 'Identity', name: output, inputs: [input], outputs: [output], attributes: {} };
}

function toAttribute(value: AttributeInput): Attribute {
  if (typeof value === 'number') return { kind: 'int', value };
  if (typeof value === 'string') return { kind: 'string', value };
  return 'kind' in value ? value : { kind: 'ints', value };
}
