import { AttributeProto_AttributeType, TensorProto_DataType } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { add, float, GraphBuilder, type GraphBuilderOptions, matMul, relu, tanh } from './index.js';
import { checkModel, readModel } from './read.js';
import { SMALLEST_PACKED_WEIGHT } from './weights.js';

const builder = (options: Partial<GraphBuilderOptions> = {}) =>
  new GraphBuilder({ name: 'test', ...options });

/** What another reader finds in the bytes. */
function graphOf(g: GraphBuilder) {
  const bytes = g.finish();
  checkModel(bytes);
  const { graph } = readModel(bytes);
  if (graph === undefined) throw new Error('no graph');
  return graph;
}

const operators = (g: GraphBuilder) => graphOf(g).node.map(({ opType }) => opType);

describe('what a graph keeps', () => {
  it('is what its outputs need', () => {
    const g = builder();
    const x = g.input('x', 'float32', ['frames']);
    g.output('y', relu(g, add(g, x, g.constant('used', [1], []))));
    tanh(g, add(g, x, g.constant('unused', [2], [])));
    const graph = graphOf(g);
    expect(graph.node.map(({ opType }) => opType)).toEqual(['Add', 'Relu']);
    expect(graph.initializer.map(({ name }) => name)).toEqual(['used']);
  });

  it('is what the chosen outputs need, in the order of the choice', () => {
    const make = (outputs?: readonly string[]) => {
      const g = builder(outputs === undefined ? {} : { outputs });
      const x = g.input('x', 'float32', [3]);
      const first = relu(g, x);
      g.output('first', first);
      g.output('second', tanh(g, first));
      return g;
    };
    expect(operators(make())).toEqual(['Relu', 'Tanh']);
    expect(operators(make(['first']))).toEqual(['Relu']);
    const both = graphOf(make(['second', 'first']));
    expect(both.output.map(({ name }) => name)).toEqual(['second', 'first']);
    expect(() => make(['third']).finish()).toThrow('the graph has no output third');
  });

  it('are both outputs of a node of which one is needed', () => {
    const g = builder();
    const x = g.input('x', 'float32', [4]);
    const type = { dtype: 'float32', shape: [2] } as const;
    const [, right] = g.nodeWithOutputs('Split', [x, g.integers([2, 2])], [type, type], {
      axis: 0,
    });
    if (right === undefined) throw new Error('Split gave nothing');
    g.output('right', right);
    const [node] = graphOf(g).node;
    expect(node?.output).toHaveLength(2);
    expect(node?.output[1]).toBe('right');
  });
});

describe('outputs', () => {
  it('that are an input, a constant or one value twice are copies under their own names', () => {
    const g = builder();
    const x = g.input('x', 'float32', [2]);
    const y = relu(g, x);
    g.output('same', x);
    g.output('table', g.constant('values', [1, 2], [2]));
    g.output('once', y);
    g.output('twice', y);
    const graph = graphOf(g);
    expect(graph.output.map(({ name }) => name)).toEqual(['same', 'table', 'once', 'twice']);
    expect(graph.node.map(({ opType, input, output }) => [opType, ...input, ...output])).toEqual([
      ['Relu', 'x', 'once'],
      ['Identity', 'x', 'same'],
      ['Identity', 'values', 'table'],
      ['Identity', 'once', 'twice'],
    ]);
  });

  it('can be read on by the nodes that follow', () => {
    const g = builder();
    const middle = relu(g, g.input('x', 'float32', [2]));
    g.output('middle', middle);
    g.output('y', tanh(g, middle));
    expect(graphOf(g).node.map(({ input, output }) => [...input, ...output])).toEqual([
      ['x', 'middle'],
      ['middle', 'y'],
    ]);
  });
});

describe('names', () => {
  it('are given once, whatever they are asked for', () => {
    const g = builder();
    let x = g.input('relu', 'float32', [2]);
    for (let i = 0; i < 4; i++) x = relu(g, x);
    const inputs = ['w', 'w', 'w_1'].map((hint) => g.constant(hint, [i1(hint), 1], [2]));
    for (const value of inputs) x = add(g, x, value);
    g.output('y', x);
    const graph = graphOf(g);
    const all = [
      ...graph.input.map(({ name }) => name),
      ...graph.initializer.map(({ name }) => name),
      ...graph.node.flatMap(({ output }) => output),
    ];
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('constants', () => {
  it('that are small and equal are stored once', () => {
    const g = builder();
    expect(g.scalar(0.5)).toBe(g.scalar(0.5));
    expect(g.integers([1, 2])).toBe(g.integers([1, 2]));
    expect(g.integerScalar(3)).toBe(g.integerScalar(3));
    // A vector of one element and a number are different things.
    expect(g.integers([3])).not.toBe(g.integerScalar(3));
    expect(g.integers([12])).not.toBe(g.integers([1, 2]));
  });

  it('are written little-endian with the type and shape that they have', () => {
    const g = builder();
    g.output('a', g.constant('floats', [1.5, -2], [2, 1]));
    g.output('b', g.integers([-1, 2 ** 40]));
    g.output('c', g.integerScalar(7));
    const [floats, ints, int] = graphOf(g).initializer;
    expect(floats).toMatchObject({ dims: [2n, 1n], dataType: TensorProto_DataType.FLOAT });
    const view = (bytes: Uint8Array = new Uint8Array()) =>
      new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    expect(view(floats?.rawData).getFloat32(4, true)).toBe(-2);
    expect(ints).toMatchObject({ dims: [2n], dataType: TensorProto_DataType.INT64 });
    expect(view(ints?.rawData).getBigInt64(0, true)).toBe(-1n);
    expect(view(ints?.rawData).getBigInt64(8, true)).toBe(2n ** 40n);
    expect(int?.dims).toEqual([]);
  });

  it('that do not fill their shape are refused by name', () => {
    const g = builder();
    g.output('y', g.constant('table', [1, 2, 3], [2, 2]));
    expect(() => g.finish()).toThrow('table: 12 bytes for [2,2] of float32');
  });
});

describe('weights', () => {
  const size = SMALLEST_PACKED_WEIGHT;
  const values = Float32Array.from({ length: 2 * size }, (_, i) => Math.sin(i));
  const made = (
    precision: 'fp32' | 'fp16' | 'int8',
    given: typeof values | (() => typeof values),
  ) => {
    const g = builder({ precision });
    const x = g.input('x', 'float32', [1, size]);
    g.output('y', matMul(g, x, g.weight('w', given, [size, 2], 1)));
    return g;
  };

  it.each([
    ['fp32', ['w'], ['MatMul']],
    ['fp16', ['w.half'], ['Cast', 'MatMul']],
    ['int8', ['w.int8', 'w.scale'], ['Cast', 'Mul', 'MatMul']],
  ] as const)('at %s are stored as %j', (precision, names, nodes) => {
    const graph = graphOf(made(precision, values));
    expect(graph.initializer.map(({ name }) => name)).toEqual(names);
    expect(graph.node.map(({ opType }) => opType)).toEqual(nodes);
  });

  it.each(['fp32', 'fp16', 'int8'] as const)(
    'made when they are needed give the same bytes at %s',
    (precision) => {
      expect(made(precision, () => values).finish()).toEqual(made(precision, values).finish());
    },
  );

  it('at fp32 are not made before the model is written', () => {
    let calls = 0;
    const g = made('fp32', () => {
      calls++;
      return values;
    });
    expect(calls).toBe(0);
    g.finish();
    expect(calls).toBe(1);
  });

  it('that come in another length than they were announced in are refused', () => {
    const g = made('fp32', () => values.subarray(1));
    expect(() => g.finish()).toThrow(`${8 * size - 4} bytes of a tensor instead of ${8 * size}`);
  });
});

describe('nodes', () => {
  it('carry attributes of every kind, and leave optional inputs out by the empty name', () => {
    const g = builder({ metadata: { made: 'by hand', 'with spaces': 'größe' } });
    const x = g.input('x', 'float32', ['batch', 5]);
    const y = g.node('Anything', [x, undefined, x], x, {
      whole: -3,
      exact: float(0.25),
      text: 'reflect',
      list: [1, -2],
      none: [],
    });
    g.output('y', y);
    const bytes = g.finish();
    const { graph, metadataProps, opsetImport, irVersion } = readModel(bytes);
    expect(graph?.node[0]?.input).toEqual(['x', '', 'x']);
    const attributes = new Map(graph?.node[0]?.attribute.map((one) => [one.name, one]));
    expect(attributes.get('whole')).toMatchObject({
      type: AttributeProto_AttributeType.INT,
      i: -3n,
    });
    expect(attributes.get('exact')).toMatchObject({
      type: AttributeProto_AttributeType.FLOAT,
      f: 0.25,
    });
    const text = attributes.get('text');
    expect(text?.type).toBe(AttributeProto_AttributeType.STRING);
    expect(new TextDecoder().decode(text?.s)).toBe('reflect');
    expect(attributes.get('list')).toMatchObject({
      type: AttributeProto_AttributeType.INTS,
      ints: [1n, -2n],
    });
    expect(attributes.get('none')).toMatchObject({
      type: AttributeProto_AttributeType.INTS,
      ints: [],
    });
    expect(metadataProps.map(({ key, value }) => [key, value])).toEqual([
      ['made', 'by hand'],
      ['with spaces', 'größe'],
    ]);
    expect([opsetImport[0]?.version, irVersion]).toEqual([20n, 9n]);
  });
});

/** Different values for different hints, so that no two constants are equal. */
function i1(hint: string): number {
  return hint.length;
}

/** Element types of the stored constants of a product with one weight. */
function storedAs(precision: 'fp32' | 'fp16' | 'int8', coarsest?: 'fp16' | 'int8') {
  const g = new GraphBuilder({ name: 'weights', precision });
  const x = g.input('x', 'float32', [1, 64]);
  g.output(
    'y',
    matMul(g, x, g.weight('w', new Float32Array(64 * 64).fill(1), [64, 64], 1, coarsest)),
  );
  return g.build().initializers.map(({ dtype }) => dtype);
}

describe('GraphBuilder.weight', () => {
  it('stores at the precision of the graph', () => {
    expect(storedAs('fp32')).toEqual(['float32']);
    expect(storedAs('fp16')).toEqual(['float16']);
    expect(storedAs('int8')).toEqual(['int8', 'float32']);
  });

  it('stores no coarser than a weight allows', () => {
    expect(storedAs('int8', 'fp16')).toEqual(['float16']);
    expect(storedAs('fp32', 'fp16')).toEqual(['float32']);
    expect(storedAs('fp16', 'int8')).toEqual(['float16']);
  });
});
